package zabbixapi

import (
	"context"
	"errors"

	"github.com/yunluo-alerts/yunluo/pkg/alert"
	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

// Action is what somebody does about a problem. The zero one does nothing.
type Action struct {
	Acknowledge bool
	// Unacknowledge takes an acknowledgement back; not together with Acknowledge.
	Unacknowledge bool
	// Close needs a trigger that allows it, and read-write rights.
	Close bool
	// Message is a comment, at most 2048 characters for Zabbix; a longer one is cut.
	Message string
	// Severity changes the problem's, which needs read-write rights; nil leaves it.
	Severity *alert.Severity
}

// The bits of event.acknowledge: https://www.zabbix.com/documentation/6.0/en/manual/api/reference/event/acknowledge.
const (
	bitClose         = 1
	bitAcknowledge   = 2
	bitMessage       = 4
	bitSeverity      = 8
	bitUnacknowledge = 16

	maxMessage = 2048
)

// Acknowledge does something about events, by the ids that Zabbix gave them. To acknowledge what is acknowledged
// changes nothing. Zabbix notifies everybody involved of it but the token's own user.
func (c *Client) Acknowledge(ctx context.Context, eventIDs []string, a Action) error {
	bits := 0
	params := map[string]any{"eventids": eventIDs}
	if a.Close {
		bits |= bitClose
	}
	if a.Acknowledge {
		bits |= bitAcknowledge
	}
	if a.Unacknowledge {
		bits |= bitUnacknowledge
	}
	if a.Message != "" {
		bits |= bitMessage
		r := []rune(a.Message)
		params["message"] = string(r[:min(len(r), maxMessage)])
	}
	if a.Severity != nil {
		bits |= bitSeverity
		params["severity"] = severityNumber(*a.Severity)
	}
	if bits == 0 || len(eventIDs) == 0 || (a.Acknowledge && a.Unacknowledge) {
		return &sender.Failure{Class: sender.Never, Reason: sender.ReasonMessage, Err: errNothingToDo}
	}
	params["action"] = bits
	return c.Call(ctx, "event.acknowledge", params, nil)
}

var errNothingToDo = errors.New("an action on a problem must do something, to at least one event, and must not acknowledge and take that back at once")

// severityNumber is Zabbix's for ours; Warning could be Zabbix's warning or average, and is average, the worse.
func severityNumber(s alert.Severity) int {
	switch s {
	case alert.Critical:
		return 5
	case alert.High:
		return 4
	case alert.Warning:
		return 3
	case alert.Info:
		return 1
	case alert.None:
	}
	return 0
}
