-- Widens the table of users that TPOPS 0.8 made, whose columns cut off longer
-- names and today's password hashes:
--
--   mariadb mail < tpops_auth-mysql-upgrade.sql
--
-- The collation of login becomes binary: "alice", "Alice" and "álice" are different
-- users then, and a client has to send the name as the row has it. Rows and keys
-- stay, and so does the character set but for login's, which becomes utf8mb4. It
-- may be run again. Other programs can
-- read and write the table as before. No column is made "not null", for a row
-- without a value would stop the change half-way. The row format is named because
-- that of old tables may have no room for an index of 255 characters.

alter table user
  modify login   varchar(255) character set utf8mb4 collate utf8mb4_bin,
  modify passwd  varchar(255),
  modify mail    varchar(255),
  modify maildir varchar(1024),
  row_format = dynamic;
