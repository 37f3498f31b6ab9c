package zabbix

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/yunluo-alerts/yunluo/pkg/core"
)

// The tags that the webhook media type gives an event, so that Zabbix remembers what Yunluo told of it.
const (
	// TagURL leads to what became of the event's messages.
	TagURL = "yunluo_url"
	// tagTold, with a number, is one message: account, target and receipt.
	tagTold = "yunluo_told_"
)

// maxTag is the longest value of a tag that Zabbix keeps, in characters.
const maxTag = 255

// Tags are what the webhook returns for an event: one for each message that a later core could go on with.
// A receipt that is too long for a tag is left out, and then only the store remembers it.
func Tags(deliveries []core.DeliveryOutcome) map[string]string {
	tags := map[string]string{}
	for _, d := range deliveries {
		if d.State != core.StateDelivered || len(d.Receipt) == 0 {
			continue
		}
		value := d.Account + " " + d.Target + " " + string(d.Receipt)
		if len([]rune(value)) <= maxTag {
			tags[tagTold+strconv.Itoa(len(tags)+1)] = value
		}
	}
	return tags
}

// told reads the values that Tags gave.
func told(values []string) []core.Told {
	var list []core.Told
	for _, v := range values {
		account, rest, ok := strings.Cut(v, " ")
		at := strings.Index(rest, " {")
		if !ok || at < 0 {
			continue
		}
		if receipt := rest[at+1:]; json.Valid([]byte(receipt)) {
			list = append(list, core.Told{Account: account, Target: rest[:at], Receipt: json.RawMessage(receipt)})
		}
	}
	return list
}

// tags makes labels of the event's tags, and returns the values of our own apart.
func (r reading) tags(labels map[string]string) (own []string) {
	var list []struct {
		Tag   string `json:"tag"`
		Value string `json:"value"`
	}
	if json.Unmarshal([]byte(r.facts["tags"]), &list) != nil {
		return nil
	}
	var plain []string
	for _, t := range list {
		name, value := clean(t.Tag), clean(t.Value)
		switch {
		case strings.HasPrefix(name, tagTold):
			own = append(own, value)
		case name == TagURL || name == "":
		case value == "":
			plain = append(plain, name)
		case slices.Contains([]string{nameLabel, severityLabel}, name):
			labels["tag:"+name] = value
		case labels[name] != "":
			labels[name] += ", " + value
		default:
			labels[name] = value
		}
	}
	if len(plain) > 0 {
		labels[r.say("标签", "tags")] = strings.Join(plain, ", ")
	}
	return own
}
