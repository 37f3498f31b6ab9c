package zabbixapi

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Version is a Zabbix's version; the zero one is not known.
type Version struct{ Major, Minor int }

// AtLeast tells whether a version is no older than another.
func (v Version) AtLeast(major, minor int) bool {
	return v.Major > major || (v.Major == major && v.Minor >= minor)
}

// String is as Zabbix writes it, without the patch.
func (v Version) String() string { return fmt.Sprintf("%d.%d", v.Major, v.Minor) }

// bearer tells whether the token goes into the header. Up to 6.2 it goes into the request's field "auth", which 7.2
// and later refuse (https://www.zabbix.com/documentation/7.2/en/manual/api/changes).
func (v Version) bearer() bool { return v.AtLeast(6, 4) }

// Version asks for the version, once. It takes no token, and is answered to anybody.
func (c *Client) Version(ctx context.Context) (Version, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.version != (Version{}) {
		return c.version, nil
	}
	var text string
	r := request{JSONRPC: "2.0", Method: "apiinfo.version", Params: []string{}, ID: 1}
	if err := c.exchange(ctx, r, http.Header{}, &text); err != nil {
		return Version{}, err
	}
	v, ok := parseVersion(text)
	if !ok {
		return Version{}, c.failed(r.Method, &sender.Failure{
			Class: sender.Never, Reason: sender.ReasonConfig, Err: fmt.Errorf("the version %q is none", text),
		})
	}
	c.version = v
	return v, nil
}

func parseVersion(text string) (Version, bool) {
	major, rest, _ := strings.Cut(text, ".")
	minor, _, _ := strings.Cut(rest, ".")
	a, errA := strconv.Atoi(major)
	b, errB := strconv.Atoi(minor)
	return Version{a, b}, errA == nil && errB == nil && a > 0 && b >= 0
}
