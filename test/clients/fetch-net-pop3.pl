# Fetches all messages with Perl's Net::POP3: HOST PORT DIR keep|delete
use strict;
use warnings;
use Net::POP3;

my ($host, $port, $folder, $then) = @ARGV;
my $pop = Net::POP3->new($host, Port => $port, Timeout => 60) or die "connect: $@";
defined $pop->login('user', 'pass word') or die 'login: ' . $pop->message;
my ($count) = $pop->popstat;
for my $n (1 .. $count) {
    my $lines = $pop->get($n) or die "get $n: " . $pop->message;
    open my $file, '>:raw', "$folder/$n" or die $!;
    print {$file} @$lines;
    close $file or die $!;
    if ($then eq 'delete') {
        $pop->delete($n) or die "delete $n: " . $pop->message;
    }
}
$pop->quit or die 'quit: ' . $pop->message;
