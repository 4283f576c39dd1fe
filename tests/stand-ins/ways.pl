#!/usr/bin/perl
# ways.pl FOLDER "NODEPORT HOSTPORT"...: connections to 127.0.0.1:HOSTPORT go to the Service with that nodePort in the
# rehearsal cluster of FOLDER. Each in a process of its own, which joins the cluster's network to connect.
use strict;
use warnings;
use IO::Select;
use IO::Socket::INET;

my ($folder, @pairs) = @ARGV;
my $kubectl = -x ($ENV{ZDT_TOOLS} // '') . '/bin/kubectl' ? "$ENV{ZDT_TOOLS}/bin/kubectl" : 'kubectl';
my (%node_port, %destination);
$SIG{CHLD} = 'IGNORE';

sub network_path {
  open my $ready, '<', "$folder/ready.json" or die "no cluster: $!\n";
  open my $server, '<', "$folder/server.json" or die "no cluster: $!\n";
  my ($fd) = join('', <$ready>) =~ /"network_fd":(\d+)/;
  my ($pid) = join('', <$server>) =~ /"pid":(\d+)/;
  return "/proc/$pid/fd/$fd";
}

# "ADDRESS PORT" of the Service that has the nodePort; undef while there is none.
sub destination_of {
  my ($wanted) = @_;
  return $destination{$wanted} if $destination{$wanted};
  my $form = '{range .items[*]}{.spec.clusterIP}{range .spec.ports[*]} {.nodePort}={.port}{end}{"\n"}{end}';
  open my $services, '-|', $kubectl, '--kubeconfig', "$folder/kubeconfig", 'get', 'services', '-A', '-o', "jsonpath=$form" or return;
  while (my $line = <$services>) {
    my ($address, @ports) = split ' ', $line;
    for my $port (@ports) {
      $destination{$1} = "$address $2" if $port =~ /^(\d+)=(\d+)$/;
    }
  }
  return $destination{$wanted};
}

sub pump {
  my ($client, $address, $port) = @_;
  open my $network, '<', network_path() or return;
  my %setns = (x86_64 => 308, aarch64 => 268);
  chomp(my $machine = `uname -m`);
  syscall($setns{$machine}, fileno($network), 0x40000000) == 0 or return;
  my $server = IO::Socket::INET->new(PeerAddr => $address, PeerPort => $port, Timeout => 5) or return;
  my $select = IO::Select->new($client, $server);
  while (1) {
    for my $from ($select->can_read) {
      my $size = sysread $from, my $data, 65536;
      return unless $size;
      my $to = $from == $client ? $server : $client;
      for (my $sent = 0; $sent < $size;) { $sent += syswrite($to, $data, $size - $sent, $sent) // return }
    }
  }
}

my $listeners = IO::Select->new;
for my $pair (@pairs) {
  my ($inside, $outside) = split ' ', $pair;
  my $listener = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => $outside, Listen => 64, ReuseAddr => 1)
    or die "Bind for 127.0.0.1:$outside failed: port is already allocated.\n";
  $node_port{$listener} = $inside;
  $listeners->add($listener);
}
$| = 1;
print "listening\n";
while (1) {
  for my $listener ($listeners->can_read) {
    my $client = $listener->accept or next;
    my $destination = destination_of($node_port{$listener});
    if ($destination && fork == 0) {
      close $_ for $listeners->handles;
      pump($client, split ' ', $destination);
      exit 0;
    }
    close $client;
  }
}
