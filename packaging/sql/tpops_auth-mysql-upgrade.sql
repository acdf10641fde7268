-- Makes the columns of the table of users of TPOPS 0.8 wider. The old columns cut off
-- longer names and today's password hashes:
--
--   mariadb mail < tpops_auth-mysql-upgrade.sql
--
-- The collation of login becomes binary: "alice", "Alice" and "álice" are then
-- different users, and a client has to send the name exactly as in the row. Rows and
-- keys do not change. The character set changes for login only, to utf8mb4. Other
-- programs can read and write the table as before. The file may be run again. No
-- column becomes "not null", because a row without a value would stop the change
-- half-way. The row format is set because that of old tables may have no room for an
-- index of 255 characters.

alter table user
  modify login   varchar(255) character set utf8mb4 collate utf8mb4_bin,
  modify passwd  varchar(255),
  modify mail    varchar(255),
  modify maildir varchar(1024),
  row_format = dynamic;
