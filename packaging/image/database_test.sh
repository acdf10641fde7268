#!/bin/sh
set -eu
mkdir -p /database
cat >/database/entry <<'END'
#!/bin/sh
set -eu
[ $# -eq 0 ] || exec "$@"
mkdir -p /run/mysqld
chown mysql: /run/mysqld
mariadb-install-db --user=mysql --auth-root-authentication-method=normal >/dev/null
mariadbd --user=mysql --skip-networking &
server=$!
until mariadb-admin ping; do sleep 1; done
mariadb -e "create database $MARIADB_DATABASE"
for file in /docker-entrypoint-initdb.d/*.sql; do mariadb "$MARIADB_DATABASE" <"$file"; done
mariadb-admin shutdown
wait "$server"
exec mariadbd --user=mysql --bind-address=0.0.0.0
END
# During the preparation the server has no network.
printf '#!/bin/sh\nexec mariadb-admin --protocol=tcp --host=127.0.0.1 ping\n' >/usr/local/bin/healthcheck.sh
chmod 755 /database/entry /usr/local/bin/healthcheck.sh
systemctl stop mariadb
rm -rf /var/lib/mysql
install -d -o mysql -g mysql /var/lib/mysql
mkdir -p /empty/run /empty/tmp /empty/var/tmp
chmod 1777 /empty/tmp
tar -cf /database.tar --exclude=usr/share/doc --exclude=usr/share/locale --exclude=usr/share/man \
	--exclude=usr/libexec/podman --exclude=usr/bin/podman --exclude=usr/lib/python3 -C / bin sbin lib lib64 usr etc database var/lib/mysql -C /empty run tmp
podman import -q --change 'ENTRYPOINT ["/database/entry"]' /database.tar docker.io/library/mariadb:11.4
rm /database.tar
