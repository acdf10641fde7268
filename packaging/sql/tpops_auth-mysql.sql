-- The table of users for auth-type = mysql, with the columns of TPOPS 0.8 wide
-- enough for today's addresses and password hashes:
--
--   mariadb mail < tpops_auth-mysql.sql
--
-- TPOPS only reads, and needs no more than this:
--
--   create user tpops@localhost identified by 'password';
--   grant select (login, passwd, maildir) on mail.user to tpops@localhost;
--
-- A table that 0.8 made is widened by tpops_auth-mysql-upgrade.sql.
--
-- The collation of login is binary: without it "alice", "Alice" and "álice" would
-- be the same user. Write names in lower case if clients shall find them so.

create table user (
  uid     int unsigned  not null auto_increment, -- number of the row, of no meaning to TPOPS
  login   varchar(255)  character set utf8mb4 collate utf8mb4_bin not null, -- name that the client gives, see below
  passwd  varchar(255)  not null,                -- see the parameter mysql-crypt-passwd
  mail    varchar(255)  not null,                -- address, for other programs
  maildir varchar(1024) not null,                -- path of the Maildir
  quota   bigint unsigned,                       -- octets, for other programs
  primary key (uid),
  unique key (login),
  unique key (mail)
) engine = InnoDB default character set utf8mb4;
