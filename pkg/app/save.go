package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

const (
	// saveTime bounds how long Grafana may take to save settings.
	saveTime = 8 * time.Second
	// maxSaveReply bounds what is read of its answer, which is thrown away, so that the connection can be used again.
	maxSaveReply = 64 << 10
)

// save has Grafana store settings, as a page of an admin would. What Grafana answers is not repeated: it may quote what was sent.
func (a *App) save(ctx context.Context, org int64, to access, document *saveDocument) error {
	ctx, cancel := context.WithTimeout(ctx, saveTime)
	defer cancel()
	raw, err := json.Marshal(document)
	if err != nil {
		return fmt.Errorf("save settings: %w", err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL+"/api/plugins/"+ID+"/settings", bytes.NewReader(raw))
	if err != nil {
		return notSaved(said("Grafana 的地址不对；请管理员在配置页上改正", "Grafana's address is wrong; an admin has to put it right on the Configuration page"))
	}
	r.Header.Set("Authorization", "Bearer "+to.SettingsToken)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Grafana-Org-Id", strconv.FormatInt(org, 10))
	client := &http.Client{
		Transport: a.o.Transport,
		// A redirect could take token and secrets elsewhere.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err
		}
		if errors.Is(err, context.DeadlineExceeded) {
			return notSaved(said(
				"Grafana（"+to.URL+"）没有及时回答，不知道设置是否已保存；请重新载入后查看",
				"Grafana ("+to.URL+") did not answer in time, and it is not known whether it saved the settings; load them again and look"))
		}
		return notSaved(because(err, "连不上 Grafana（"+to.URL+"），设置没有保存", "cannot reach Grafana ("+to.URL+"), and the settings were not saved"))
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(answer.Body, maxSaveReply)) // the status says it all
	if answer.StatusCode >= 200 && answer.StatusCode < 300 {
		return nil
	}
	a.log.WarnContext(ctx, "settings not saved by grafana", "org", org, "status", answer.StatusCode)
	if t := refusedByGrafana(answer.StatusCode); t != nil {
		return notSaved(t)
	}
	status := strconv.Itoa(answer.StatusCode) + " " + http.StatusText(answer.StatusCode)
	return notSaved(said("Grafana 没有保存设置："+status+"；请看 Grafana 的日志", "Grafana did not save the settings: "+status+"; see Grafana's log"))
}

func notSaved(t *trouble) *trouble { return t.as(http.StatusBadGateway, "grafana") }
