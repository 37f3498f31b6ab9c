package corerpc

import (
	"slices"
	"strings"
)

// passed are the variables of a host that a core which it starts gets too: where programs, time zones,
// certificates and temporary files are, the proxies that senders go through, and Go's own limits.
// A secret that the configuration takes from ${NAME} needs its name in the options.
func passed() []string {
	return []string{
		"PATH", "HOME", "TMPDIR", "TZ", "ZONEINFO", "LANG",
		"HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
		"SSL_CERT_FILE", "SSL_CERT_DIR", "CREDENTIALS_DIRECTORY",
		"GOMEMLIMIT", "GOGC", "GOMAXPROCS", "GOTRACEBACK",
	}
}

// ownPrefix marks variables that are ours.
const ownPrefix = "YUNLUO_"

// childEnv is the environment of a core: of the host's only what is passed or begins with
// YUNLUO_, and what more says: NAME takes the host's value, NAME=value its own.
func childEnv(host, more []string) []string {
	wanted := passed()
	var own []string
	for _, entry := range more {
		if strings.Contains(entry, "=") {
			own = append(own, entry)
		} else {
			wanted = append(wanted, entry)
		}
	}
	env := make([]string, 0, len(wanted)+len(own))
	for _, entry := range host {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, ownPrefix) || slices.Contains(wanted, name) {
			env = append(env, entry)
		}
	}
	return append(env, own...)
}
