-- The table of users for auth-type = mysql, with the columns of TPOPS 0.8 wide
-- enough for today's addresses and password hashes:
--
--   mariadb mail < tpops_auth-mysql.sql
--
-- TPOPS only reads the table. It needs these rights:
--
--   create user tpops@localhost identified by 'password';
--   grant select (login, passwd, maildir) on mail.user to tpops@localhost;
--
-- For a table of 0.8 use tpops_auth-mysql-upgrade.sql instead.
--
-- The collation of login is binary: without it "alice", "Alice" and "álice" would
-- be the same user. A client has to send the name exactly as it is in the row.

create table user (
  uid     int unsigned  not null auto_increment, -- number of the row, not used by TPOPS
  login   varchar(255)  character set utf8mb4 collate utf8mb4_bin not null, -- name that the client gives, see below
  passwd  varchar(255)  not null,                -- see the parameter mysql-crypt-passwd
  mail    varchar(255)  not null,                -- address, for other programs
  maildir varchar(1024) not null,                -- path of the Maildir
  quota   bigint unsigned,                       -- octets, for other programs
  primary key (uid),
  unique key (login),
  unique key (mail)
) engine = InnoDB default character set utf8mb4;
