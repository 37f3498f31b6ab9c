package app

import (
	"bytes"
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/yunluo-alerts/yunluo/pkg/app/contactpoint"
	"github.com/yunluo-alerts/yunluo/pkg/source/grafana"
)

// maxAlerts is the Max Alerts that is advised: what a message can list, and a body far below what Grafana lets through.
const maxAlerts = 100

type manualAnswer struct {
	URL                 string `json:"url"`
	Method              string `json:"method"`
	AuthorizationScheme string `json:"authorization_scheme"`
	SignatureHeader     string `json:"signature_header"`
	TimestampHeader     string `json:"timestamp_header"`
	MaxAlerts           int    `json:"max_alerts"`
	// YAML is for Grafana's file provisioning, Terraform for its provider; both have variables for the secrets.
	YAML      string `json:"yaml"`
	Terraform string `json:"terraform"`
}

// manual says what to enter for who makes Grafana's contact point some other way than through the app.
func (a *App) manual(c *call) (any, error) {
	name := c.PathValue("contact_point")
	if err := a.mustHave(c, name); err != nil {
		return nil, err
	}
	to, err := c.accessOf()
	if err != nil {
		return nil, err
	}
	out := manualAnswer{
		URL: to.hook(name), Method: http.MethodPost, AuthorizationScheme: "Bearer",
		SignatureHeader: grafana.SignatureHeader, TimestampHeader: grafana.TimestampHeader, MaxAlerts: maxAlerts,
	}
	if out.YAML, err = out.provisioning(c.tenant.org, name); err != nil {
		return nil, err
	}
	out.Terraform = out.terraform(name)
	return out, nil
}

// titleOf is what Grafana's contact point is called unless somebody wants another name.
func titleOf(point string) string { return point + " (Yunluo)" }

// The variables of Grafana's environment that hold the secrets.
const (
	tokenVariable  = "$YUNLUO_WEBHOOK_TOKEN" //nolint:gosec // the name of a variable
	secretVariable = "$YUNLUO_HMAC_SECRET"   //nolint:gosec // the name of a variable
)

// The documents of https://grafana.com/docs/grafana/latest/alerting/set-up/provision-alerting-resources/file-provisioning/.
type (
	provisioningFile struct {
		APIVersion    int                `yaml:"apiVersion"`
		ContactPoints []provisionedPoint `yaml:"contactPoints"`
	}
	provisionedPoint struct {
		OrgID     int64                 `yaml:"orgId"`
		Name      string                `yaml:"name"`
		Receivers []provisionedReceiver `yaml:"receivers"`
	}
	provisionedReceiver struct {
		UID      string             `yaml:"uid"`
		Type     string             `yaml:"type"`
		Settings provisionedWebhook `yaml:"settings"`
	}
	provisionedWebhook struct {
		URL         string          `yaml:"url"`
		Method      string          `yaml:"httpMethod"`
		Scheme      string          `yaml:"authorization_scheme"`
		Credentials string          `yaml:"authorization_credentials"`
		MaxAlerts   string          `yaml:"maxAlerts"`
		HMAC        provisionedHMAC `yaml:"hmacConfig"`
	}
	provisionedHMAC struct {
		Secret          string `yaml:"secret"`
		Header          string `yaml:"header"`
		TimestampHeader string `yaml:"timestampHeader"`
	}
)

func (m manualAnswer) provisioning(org int64, name string) (string, error) {
	var out bytes.Buffer
	encoder := yaml.NewEncoder(&out)
	encoder.SetIndent(2)
	err := encoder.Encode(provisioningFile{APIVersion: 1, ContactPoints: []provisionedPoint{{
		OrgID: org, Name: titleOf(name), Receivers: []provisionedReceiver{{
			UID: contactpoint.UID(name), Type: "webhook", Settings: provisionedWebhook{
				// Grafana replaces variables of its environment; a dollar sign of an address is written twice.
				URL: strings.ReplaceAll(m.URL, "$", "$$"), Method: m.Method, Scheme: m.AuthorizationScheme,
				Credentials: tokenVariable, MaxAlerts: strconv.Itoa(m.MaxAlerts),
				HMAC: provisionedHMAC{Secret: secretVariable, Header: m.SignatureHeader, TimestampHeader: m.TimestampHeader},
			},
		}},
	}}})
	if err != nil {
		return "", fmt.Errorf("write the provisioning file: %w", err)
	}
	return out.String(), nil
}

// terraform is for https://registry.terraform.io/providers/grafana/grafana/latest/docs/resources/contact_point.
func (m manualAnswer) terraform(name string) string {
	// HCL reads templates in its strings.
	quoted := func(s string) string { return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(strconv.Quote(s)) }
	return fmt.Sprintf(`variable "yunluo_webhook_token" {
  type      = string
  sensitive = true
}

variable "yunluo_hmac_secret" {
  type      = string
  sensitive = true
}

resource "grafana_contact_point" %[1]s {
  name = %[2]s

  webhook {
    url                       = %[3]s
    http_method               = %[4]s
    authorization_scheme      = %[5]s
    authorization_credentials = var.yunluo_webhook_token
    max_alerts                = %[6]d

    hmac_config {
      secret           = var.yunluo_hmac_secret
      header           = %[7]s
      timestamp_header = %[8]s
    }
  }
}
`, quoted("yunluo_"+name), quoted(titleOf(name)), quoted(m.URL), quoted(m.Method), quoted(m.AuthorizationScheme), m.MaxAlerts,
		quoted(m.SignatureHeader), quoted(m.TimestampHeader))
}
