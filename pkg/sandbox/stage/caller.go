package stage

import (
	"net"
	"net/netip"
)

// CallerIP is the address that a call comes from.
func CallerIP(c *Call) string {
	host, _, err := net.SplitHostPort(c.RemoteAddr)
	if err != nil {
		return c.RemoteAddr
	}
	return host
}

// Allowed tells whether an address is in a list of addresses and CIDRs.
func Allowed(list []string, ip string) bool {
	addr, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, entry := range list {
		if prefix, err := netip.ParsePrefix(entry); err == nil && prefix.Contains(addr.Unmap()) {
			return true
		}
		if one, err := netip.ParseAddr(entry); err == nil && one == addr.Unmap() {
			return true
		}
	}
	return false
}
