-- The users of the demo, for the table of tpops_auth-mysql.sql. The password of both is
-- "secret".
create user tpops@'%' identified by 'database-secret';
grant select (login, passwd, maildir) on user to tpops@'%';
insert into user (login, passwd, mail, maildir) values
  ('ann', '{SCRAM-SHA-256}4096,9C2r8ixvS4yzKjVMxgQS+g==,phljTAudr1MWUE34CYjFc9KoetUE2zsQABytTrBQ034=,+pG8u/ZXD3fdsrmoUvm9uzHv+m1Pb2Ae/UsXEg43rBY=', 'ann@example.org', '/var/vmail/ann'),
  ('health', '{SCRAM-SHA-256}4096,9C2r8ixvS4yzKjVMxgQS+g==,phljTAudr1MWUE34CYjFc9KoetUE2zsQABytTrBQ034=,+pG8u/ZXD3fdsrmoUvm9uzHv+m1Pb2Ae/UsXEg43rBY=', 'health@example.org', '/var/vmail/health');
