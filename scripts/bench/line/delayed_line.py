"""A line with delay: two network namespaces of this machine, and all packets
between them held for half a round trip.

Usage: delayed_line.py ROUND_TRIP_MS NEAR FAR

NEAR and FAR name the namespaces, which have the addresses 192.0.2.1 and
192.0.2.2 (RFC 5737). Prints a line when they are ready, and removes them when
its standard input ends. Needs root, `ip` and /dev/net/tun. Both ends are real
TCP of the kernel; nothing is lost, and nothing limits the rate.
"""

import collections
import fcntl
import os
import selectors
import signal
import struct
import subprocess
import sys
import time

# linux/if_tun.h
TUNSETIFF = 0x400454CA
IFF_TUN = 1
IFF_NO_PI = 0x1000

LARGEST_PACKET = 65536
# For what a connection sends before the first acknowledgement comes.
QUEUED_PACKETS = 10000


def ip(*words):
    subprocess.run(["ip", *words], check=True)


def ip_in(namespace, *words):
    ip("netns", "exec", namespace, "ip", *words)


def open_tun(name):
    """A device whose packets are read from, and written to, a descriptor."""
    descriptor = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK)
    request = struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI)
    fcntl.ioctl(descriptor, TUNSETIFF, request)
    return descriptor


def connect(namespace, address, peer):
    """Makes a namespace that reaches its peer by a TUN device."""
    ip("netns", "add", namespace)
    # At most 15 characters; the process makes it this run's own.
    device = f"line{os.getpid()}{'n' if address.endswith('1') else 'f'}"
    descriptor = open_tun(device)
    ip("link", "set", device, "netns", namespace)
    ip_in(namespace, "link", "set", "lo", "up")
    ip_in(namespace, "addr", "add", address, "peer", peer, "dev", device)
    ip_in(namespace, "link", "set", device, "txqueuelen", str(QUEUED_PACKETS))
    ip_in(namespace, "link", "set", device, "up")
    return descriptor


def packets(descriptor):
    while True:
        try:
            yield os.read(descriptor, LARGEST_PACKET)
        except BlockingIOError:
            return


def deliver(descriptor, packet):
    try:
        os.write(descriptor, packet)
    except OSError:
        pass  # As on any line: the packet is lost, and TCP sends it again.


def carry(near, far, delay):
    """Carries packets until standard input ends."""
    other_end = {near: far, far: near}
    # Every packet waits equally long, so the first in is the first out.
    under_way = collections.deque()
    with selectors.DefaultSelector() as selector:
        for source in (near, far, sys.stdin.fileno()):
            selector.register(source, selectors.EVENT_READ)
        while True:
            wait = max(0, under_way[0][0] - time.monotonic()) if under_way else None
            for key, _ in selector.select(wait):
                if key.fd == sys.stdin.fileno():
                    return
                due = time.monotonic() + delay
                for packet in packets(key.fd):
                    under_way.append((due, other_end[key.fd], packet))
            while under_way and under_way[0][0] <= time.monotonic():
                deliver(*under_way.popleft()[1:])


def main(round_trip_ms, near, far):
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: sys.exit(0))
    try:
        near_end = connect(near, "192.0.2.1", "192.0.2.2")
        far_end = connect(far, "192.0.2.2", "192.0.2.1")
        print("ready", flush=True)
        carry(near_end, far_end, float(round_trip_ms) / 1000 / 2)
    finally:
        for namespace in (near, far):
            subprocess.run(["ip", "netns", "del", namespace], check=False)


main(*sys.argv[1:])
