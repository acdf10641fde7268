# Fetches all messages with Ruby's net/pop: HOST PORT DIR keep|delete
require 'net/pop'

host, port, folder, action = ARGV
Net::POP3.start(host, port.to_i, 'user', 'pass word') do |pop|
  pop.each_mail do |mail|
    File.binwrite("#{folder}/#{mail.number}", mail.pop)
    mail.delete if action == 'delete'
  end
end
