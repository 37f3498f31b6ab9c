package feishu

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/yunluo-alerts/yunluo/pkg/sender"
)

func lookUp(t *testing.T, a *app, email string) (string, error) {
	t.Helper()
	return a.Find(t.Context(), sender.Person{Name: email, Email: email})
}

func TestLookupsAtTheSameTimeShareARequest(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		for i := range 120 {
			f.people[fmt.Sprintf("p%d@example.com", i)] = fmt.Sprintf("ou_%d", i)
		}
		a := open(t, f)
		var all sync.WaitGroup
		for i := range 120 {
			for range 2 {
				all.Go(func() {
					id, err := lookUp(t, a, fmt.Sprintf("P%d@example.com", i))
					assert.Equal(t, fmt.Sprintf("ou_%d", i), id, "%v", err)
				})
			}
		}
		all.Wait()
		var sizes []int
		for _, r := range f.to(pathLookup) {
			emails, _ := r.body["emails"].([]any)
			sizes = append(sizes, len(emails))
			require.Equal(t, "open_id", r.query["user_id_type"])
			require.NotContains(t, r.body, "mobiles")
		}
		require.Equal(t, []int{50, 50, 20}, sizes)
	})
}

func TestFindingsAreKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := open(t, f)
		ask := func() (hits, misses int) {
			_, err := lookUp(t, a, "li@example.com")
			require.NoError(t, err)
			before := len(f.to(pathLookup))
			_, err = lookUp(t, a, "no@example.com")
			require.Error(t, err)
			return before, len(f.to(pathLookup)) - before
		}
		ask()
		require.Len(t, f.to(pathLookup), 2)
		time.Sleep(9 * time.Minute)
		ask()
		require.Len(t, f.to(pathLookup), 2, "both are kept")
		time.Sleep(2 * time.Minute)
		ask()
		require.Len(t, f.to(pathLookup), 3, "a miss for ten minutes")
		time.Sleep(25 * time.Hour)
		ask()
		require.Len(t, f.to(pathLookup), 5, "a hit for a day")
	})
}

func TestWhatWasOnceFoundOutlivesAnOutage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		a := open(t, f)
		_, err := lookUp(t, a, "li@example.com")
		require.NoError(t, err)
		time.Sleep(25 * time.Hour)
		f.answer("POST "+pathLookup, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) })
		id, err := lookUp(t, a, "li@example.com")
		require.NoError(t, err)
		require.Equal(t, "ou_li", id)
	})
}

func TestARefusedLookupIsNotAskedAtOnceAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.answer("POST "+pathLookup, refuse("99991672", "Access denied"))
		a := open(t, f)
		for range 3 {
			_, err := lookUp(t, a, "li@example.com")
			require.Equal(t, sender.ReasonPermission, failureOf(t, err).Reason)
		}
		require.Len(t, f.to(pathLookup), 1)
		f.answer("POST "+pathLookup, nil)
		time.Sleep(61 * time.Second)
		_, err := lookUp(t, a, "li@example.com")
		require.NoError(t, err)
	})
}

func TestOneCallerLeavingDoesNotTakeTheAnswerFromOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := open(t, newFake())
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := a.Find(ctx, sender.Person{Email: "li@example.com"})
			assert.ErrorIs(t, err, context.Canceled)
		})
		synctest.Wait()
		all.Go(func() {
			id, err := lookUp(t, a, "li@example.com")
			assert.Equal(t, "ou_li", id, "%v", err)
		})
		synctest.Wait()
		cancel()
		all.Wait()
	})
}

func TestAnsweredPeopleWhoWereNotAskedForAreIgnored(t *testing.T) {
	f := newFake()
	f.answer("POST "+pathLookup, func(w http.ResponseWriter, _ *http.Request) {
		say(w, `{"code":0,"data":{"user_list":[{"user_id":"ou_x","email":"other@example.com"},{"user_id":"<at id=all>","email":"li@example.com"}]}}`)
	})
	_, err := lookUp(t, open(t, f), "li@example.com")
	require.Equal(t, sender.ReasonRecipient, failureOf(t, err).Reason)
}

func TestTheDirectoryIsBounded(t *testing.T) {
	d := newDirectory(nil)
	for i := range maxKnown + 100 {
		d.keep(contact{value: strconv.Itoa(i)}, finding{openID: "ou_1"})
	}
	require.LessOrEqual(t, len(d.known), maxKnown)
	require.Contains(t, d.known, contact{value: strconv.Itoa(maxKnown + 99)})
}

func TestNormalMobile(t *testing.T) {
	for raw, want := range map[string]string{
		"13800000000": "13800000000", "+86 138-0000-0000": "13800000000", "008613800000000": "13800000000",
		"+852 9123 4567": "+85291234567", "+1 (415) 555-0100": "+14155550100",
	} {
		got, err := normalMobile(raw)
		require.NoError(t, err, raw)
		require.Equal(t, want, got)
	}
	for _, raw := range []string{"", "91234567", "+", "abc", "+86abc", "+1234", "23800000000", "+123456789012345678901"} {
		_, err := normalMobile(raw)
		require.Error(t, err, raw)
	}
}
