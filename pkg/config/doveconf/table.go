package doveconf

import "tpops/pkg/config/draft"

// known is a setting whose fate depends on its value alone.
type known struct {
	equal  []string   // values that are what TPOPS does
	kind   draft.Kind // of the note about any other value
	reason string     // why other values are not possible, and what to do
}

const (
	logReason   = "TPOPS has its own logs; see access-log, error-log and syslog in tpops.toml(5)"
	tlsReason   = "TPOPS selects ciphers and curves itself"
	storeReason = "TPOPS decides this itself"
	memory      = "systemd limits the memory of the service with MemoryMax="
	environment = "set variables that the daemon needs, such as TZ, with Environment= in a drop-in of tpops.service"
)

// knownSettings are settings of POP3, of logins and of Maildirs, by name.
var knownSettings = map[string]known{
	"pop3_client_workarounds": {[]string{""}, draft.ToDo, "TPOPS sends messages as they are stored; check Outlook before the switch if messages contain NUL octets"},
	"pop3_delete_type":        {[]string{"default", "expunge"}, draft.Needed, "DELE would only set a flag in Dovecot, but TPOPS removes the message"},
	"pop3_deleted_flag":       {[]string{""}, draft.Needed, "messages with this flag are hidden in Dovecot, and TPOPS would show them again; find them with `doveadm search -A mailbox INBOX KEYWORD FLAG`, with the value in single quotes as FLAG, and remove them with `doveadm expunge` and the same words"},
	"pop3_enable_last":        {[]string{"yes"}, draft.Done, "TPOPS always has LAST"},
	"pop3_logout_format":      {nil, draft.ToKnow, logReason},
	"pop3_no_flag_updates":    {[]string{"yes"}, draft.ToKnow, "TPOPS does not mark retrieved messages as seen; IMAP clients show them as unread"},
	"pop3_uidl_duplicates":    {[]string{"allow"}, draft.Done, "TPOPS never shows a UIDL twice"},

	"login_greeting":                         {nil, draft.Done, "the greeting of TPOPS contains hostname and the data that APOP needs"},
	"login_log_format":                       {nil, draft.ToKnow, logReason},
	"login_log_format_elements":              {nil, draft.ToKnow, logReason},
	"login_access_sockets":                   {[]string{""}, draft.Needed, "another program decides which clients may connect; use a firewall"},
	"login_plugins":                          {[]string{""}, draft.Needed, "TPOPS has no plugins"},
	"login_source_ips":                       {nil, draft.ToKnow, "TPOPS connects from the address that the system selects"},
	"haproxy_timeout":                        {nil, draft.ToKnow, "TPOPS has a time limit of its own for the header"},
	"auth_allow_weak_schemes":                {nil, draft.ToDo, "TPOPS accepts the schemes in STORED PASSWORDS of tpops-users(7); check the database"},
	"auth_anonymous_username":                {nil, draft.ToKnow, "TPOPS has no anonymous logins"},
	"auth_cache_negative_ttl":                {nil, draft.ToKnow, "TPOPS caches no failed logins"},
	"auth_cache_verify_password_with_worker": {nil, draft.ToKnow, "TPOPS checks passwords in a bounded number of threads"},
	"auth_debug":                             {[]string{"no"}, draft.ToKnow, logReason},
	"auth_debug_passwords":                   {[]string{"no"}, draft.ToKnow, "TPOPS never logs passwords"},
	"auth_gssapi_hostname":                   {nil, draft.ToKnow, "TPOPS has no GSSAPI"},
	"auth_internal_failure_delay":            {nil, draft.ToKnow, "see error-interval"},
	"auth_krb5_keytab":                       {nil, draft.ToKnow, "TPOPS has no GSSAPI"},
	"auth_master_user_separator":             {[]string{""}, draft.Needed, "TPOPS has no master users; use auth-type = dovecot"},
	"auth_policy_server_url":                 {[]string{""}, draft.Needed, "a policy server decides about logins, and TPOPS does not ask it; see guess-delay-max for guessing"},
	"auth_proxy_self":                        {nil, draft.ToKnow, "see pop-server"},
	"auth_realms":                            {[]string{""}, draft.ToKnow, "TPOPS has no mechanism with realms"},
	"auth_use_winbind":                       {[]string{"no"}, draft.Needed, "TPOPS has no NTLM"},
	"auth_username_chars":                    {nil, draft.ToKnow, "TPOPS rejects only control characters, and binds login names as values in SQL"},
	"auth_verbose":                           {nil, draft.ToKnow, "TPOPS logs each failed login with its reason"},
	"auth_verbose_passwords":                 {[]string{"no"}, draft.ToKnow, "TPOPS never logs passwords"},
	"auth_worker_max_count":                  {nil, draft.ToKnow, "mysql-connections and pam-calls limit this in TPOPS"},
	"master_user_separator":                  {[]string{""}, draft.Needed, "TPOPS has no master users"},
	"first_valid_gid":                        {[]string{"1"}, draft.Needed, "TPOPS has no lowest group; see first-uid"},
	"last_valid_gid":                         {[]string{"0"}, draft.Needed, "TPOPS has no highest group; disable these users in the database"},
	"last_valid_uid":                         {[]string{"0"}, draft.Needed, "TPOPS has no highest user id; disable these users in the database"},
	"mail_chroot":                            {[]string{""}, draft.Needed, "paths of mailboxes are relative to another root; write the whole paths"},
	"mail_access_groups":                     {[]string{""}, draft.ToDo, "add the groups to the service with SupplementaryGroups= in a drop-in"},
	"mail_full_filesystem_access":            {[]string{"no"}, draft.ToKnow, "POP3 has no names of mailboxes"},
	"mail_debug":                             {[]string{"no"}, draft.ToKnow, logReason},
	"mail_fsync":                             {nil, draft.Done, storeReason},
	"mail_nfs_storage":                       {nil, draft.ToKnow, "TPOPS recognises network file systems itself; see mailbox-cache-network"},
	"mail_nfs_index":                         {nil, draft.ToKnow, "TPOPS recognises network file systems itself; see mailbox-cache-network"},
	"maildir_broken_filename_sizes":          {[]string{"no"}, draft.ToDo, "sizes in file names are wrong; TPOPS believes W= in a name if it is there, so rename those files"},
	"mmap_disable":                           {nil, draft.Done, storeReason},
	"lock_method":                            {nil, draft.Done, storeReason},
	"dotlock_use_excl":                       {nil, draft.Done, storeReason},
	"shutdown_clients":                       {[]string{"no"}, draft.ToKnow, "with parallel-type = thread, sessions without TLS continue over a restart"},
	"base_dir":                               {nil, draft.Done, storeReason},
	"default_client_limit":                   {nil, draft.ToKnow, "see max-servers"},
	"default_process_limit":                  {nil, draft.ToKnow, "see max-servers"},
	"default_vsz_limit":                      {nil, draft.ToKnow, memory},
	"default_idle_kill":                      {nil, draft.ToKnow, "see command-timeout"},
	"default_internal_user":                  {nil, draft.ToKnow, "the service of TPOPS has a user of its own"},
	"default_internal_group":                 {nil, draft.ToKnow, "the service of TPOPS has a group of its own"},
	"default_login_user":                     {nil, draft.ToKnow, "the service of TPOPS has a user of its own"},
	"import_environment":                     {nil, draft.ToDo, environment},
	"verbose_proctitle":                      {nil, draft.ToKnow, "systemctl status tpops shows the number of sessions"},
	"verbose_ssl":                            {nil, draft.ToKnow, logReason},
	"syslog_facility":                        {[]string{"mail"}, draft.ToDo, "set syslog"},
	"log_path":                               {nil, draft.ToKnow, logReason},
	"info_log_path":                          {nil, draft.ToKnow, logReason},
	"debug_log_path":                         {nil, draft.ToKnow, logReason},
	"log_timestamp":                          {nil, draft.ToKnow, logReason},
	"log_debug":                              {nil, draft.ToKnow, logReason},
	"log_core_filter":                        {nil, draft.ToKnow, logReason},
	"mail_log_prefix":                        {nil, draft.ToKnow, logReason},
	"process_shutdown_filter":                {nil, draft.ToKnow, logReason},
	"ssl_alt_cert":                           {nil, draft.ToDo, "add the certificate to tls-cert and its key to tls-key"},
	"ssl_alt_key":                            {nil, draft.ToDo, "add the certificate to tls-cert and its key to tls-key"},
	"ssl_server_alt_cert_file":               {nil, draft.ToDo, "add the certificate to tls-cert and its key to tls-key"},
	"ssl_server_alt_key_file":                {nil, draft.ToDo, "add the certificate to tls-cert and its key to tls-key"},
	"ssl_cert_username_field":                {nil, draft.ToKnow, "TPOPS takes names from certificates as described in tpops-security(7)"},
	"ssl_server_cert_username_field":         {nil, draft.ToKnow, "TPOPS takes names from certificates as described in tpops-security(7)"},
	"ssl_cipher_list":                        {nil, draft.Done, tlsReason},
	"ssl_cipher_suites":                      {nil, draft.Done, tlsReason},
	"ssl_crypto_device":                      {nil, draft.Done, tlsReason},
	"ssl_curve_list":                         {nil, draft.Done, tlsReason},
	"ssl_dh":                                 {nil, draft.Done, tlsReason},
	"ssl_server_dh_file":                     {nil, draft.Done, tlsReason},
	"ssl_options":                            {nil, draft.Done, tlsReason},
	"ssl_prefer_server_ciphers":              {nil, draft.Done, tlsReason},
	"ssl_server_prefer_ciphers":              {nil, draft.Done, tlsReason},
	"ssl_key_password":                       {[]string{""}, draft.ToDo, "TPOPS cannot read keys with a password; remove it with openssl pkey"},
	"ssl_server_key_password":                {[]string{""}, draft.ToDo, "TPOPS cannot read keys with a password; remove it with openssl pkey"},
	"ssl_require_crl":                        {[]string{"no"}, draft.ToKnow, "TPOPS checks no revocation lists"},
	"ssl_server_require_crl":                 {[]string{"no"}, draft.ToKnow, "TPOPS checks no revocation lists"},
}

// otherPrefixes are the beginnings of the names of settings that are no matter of
// POP3.
var otherPrefixes = []string{
	"imap", "lmtp_", "lda_", "sieve", "managesieve", "submission", "fts", "doveadm_", "dsync_", "replicat", "director_", "urlauth_", "stats_",
	"old_stats_", "dict", "mbox_", "mdbox_", "dbox_", "pop3c_", "mail_attachment_", "mail_ext_attachment_", "mail_sort_", "mail_cache_",
	"mail_always_cache", "mail_never_cache", "mail_server_", "maildir_", "postmaster_", "quota", "metric", "event_", "language", "textcat_",
	"push_notification", "acl_", "trash_", "lazy_expunge_", "virtual_", "welcome_", "notify_", "compress_", "mail_compress_", "crypt_", "fs_",
	"http_", "redis_", "sqlite_", "pgsql_", "cassandra_", "ldap_", "lua_", "oauth2_", "mail_log_", "last_login_", "apparmor_", "charset_",
	"execute_", "rawlog_", "login_proxy_", "ssl_client_", "auth_policy_", "mail_prefetch_", "mail_vsize_", "mail_shared_", "mail_index_",
	"mail_volatile_", "mail_alt_", "mail_attribute", "mailbox_", "pop3_migration_",
}

// otherSettings are further settings that do not concern POP3.
var otherSettings = map[string]bool{
	"dovecot_config_version": true, "dovecot_storage_version": true, "auth_socket_path": true, "auth_stats": true, "auth_winbind_helper_path": true,
	"config_cache_size": true, "deliver_log_format": true, "hostname": true, "instance_name": true, "libexec_dir": true, "login_plugin_dir": true,
	"login_socket_path": true, "mail_max_keyword_length": true, "mail_max_lock_timeout": true, "mail_plugin_dir": true, "mail_privileged_group": true,
	"mail_save_crlf": true, "mail_temp_dir": true, "mail_temp_scan_interval": true, "mail_utf8_extensions": true, "recipient_delimiter": true,
	"rejection_reason": true, "rejection_subject": true, "sendmail_path": true, "state_dir": true, "valid_chroot_dirs": true, "version_ignore": true,
	"sql_driver": true, "default_idle_kill_interval": true, "lock_dir": true,
}

// otherSections are the kinds of sections that do not concern POP3, except for what
// is read from them elsewhere.
var otherSections = map[string]bool{
	"namespace": true, "plugin": true, "metric": true, "event_exporter": true, "dict": true, "dict_server": true, "imapc_features": true, "sieve_script": true,
	"quota": true, "mailbox": true, "fts": true, "language": true, "crypt_user_key": true, "acl": true,
	"submission_relay": true, "lmtp_features": true, "sieve_plugins": true, "sieve_extensions": true, "sieve_global_extensions": true,
	"mail_cache_fields": true, "mail_always_cache_fields": true, "mail_log_events": true, "mail_log_fields": true, "quota_warning": true,
	"mail_attachment": true, "push_notification": true, "ldap": true, "oauth2": true, "doveadm_allowed_commands": true,
}
