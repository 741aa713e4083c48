package otelsink_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"
	sdk "go.opentelemetry.io/otel/sdk/metric"
	"go.opentelemetry.io/otel/sdk/metric/metricdata"
	"go.opentelemetry.io/otel/sdk/metric/metricdata/metricdatatest"

	"github.com/apiauth-go/apiauth/auth"
	autherr "github.com/apiauth-go/apiauth/errors"
	"github.com/apiauth-go/apiauth/examples/otel"
)

// newSink returns a sink and what reads its metrics.
func newSink(t *testing.T) (*otelsink.Sink, func() map[string]metricdata.Aggregation) {
	t.Helper()
	reader := sdk.NewManualReader()
	provider := sdk.NewMeterProvider(sdk.WithReader(reader))
	t.Cleanup(func() { require.NoError(t, provider.Shutdown(context.Background())) })
	sink, err := otelsink.New(provider)
	require.NoError(t, err)
	return sink, func() map[string]metricdata.Aggregation {
		var data metricdata.ResourceMetrics
		require.NoError(t, reader.Collect(t.Context(), &data))
		all := map[string]metricdata.Aggregation{}
		for _, scope := range data.ScopeMetrics {
			for _, m := range scope.Metrics {
				all[m.Name] = m.Data
			}
		}
		return all
	}
}

func attributes(kind, method, outcome, code string) attribute.Set {
	list := []attribute.KeyValue{
		attribute.String("apiauth.kind", kind), attribute.String("apiauth.method", method), attribute.String("apiauth.outcome", outcome),
	}
	if code != "" {
		list = append(list, attribute.String("error.type", code))
	}
	return attribute.NewSet(list...)
}

// byName lets a user in who says who he is, and refuses everybody else.
type byName struct{}

func (byName) Authenticate(r *http.Request) (*auth.Identity, error) {
	name, password, ok := r.BasicAuth()
	switch {
	case !ok:
		return nil, auth.Decline(auth.Absent, autherr.New(autherr.MethodBasic, autherr.MissingAuthorizationHeader, nil))
	case password != "right":
		return nil, autherr.New(autherr.MethodBasic, autherr.InvalidCredentials, errors.New("wrong password"))
	}
	return &auth.Identity{UserID: "1", Name: name, Method: autherr.MethodBasic}, nil
}

func TestRequestsAreCountedByMethodAndOutcome(t *testing.T) {
	sink, collect := newSink(t)
	srv := httptest.NewServer(auth.Require(byName{}, &auth.Options{Events: sink})(auth.RequireRole("nobody")(http.NotFoundHandler())))
	defer srv.Close()
	for i := range 6 {
		r, err := http.NewRequest("GET", fmt.Sprintf("%s/private/%d?token=abc", srv.URL, i), nil)
		require.NoError(t, err)
		r.Header.Set("User-Agent", fmt.Sprintf("agent-%d", i))
		switch {
		case i < 3:
			r.SetBasicAuth(fmt.Sprintf("somebody-%d", i), "wrong")
		case i < 5:
			r.SetBasicAuth(fmt.Sprintf("somebody-%d", i), "right")
		}
		res, err := srv.Client().Do(r)
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
	}

	wrong := attributes("authentication", "basic", "invalid_credentials", "INVALID_CREDENTIALS")
	right := attributes("authentication", "basic", "success", "")
	absent := attributes("authentication", "basic", "failure", "MISSING_AUTHORIZATION_HEADER")
	denied := attributes("access", "basic", "access_denied", "ACCESS_DENIED")
	data := collect()
	require.Len(t, data, 2)
	metricdatatest.AssertAggregationsEqual(t, metricdata.Sum[int64]{
		Temporality: metricdata.CumulativeTemporality, IsMonotonic: true,
		DataPoints: []metricdata.DataPoint[int64]{
			{Attributes: wrong, Value: 3}, {Attributes: right, Value: 2}, {Attributes: absent, Value: 1}, {Attributes: denied, Value: 2},
		},
	}, data["apiauth.events"], metricdatatest.IgnoreTimestamp(), metricdatatest.IgnoreExemplars())

	durations, ok := data["apiauth.duration"].(metricdata.Histogram[float64])
	require.True(t, ok)
	require.Len(t, durations.DataPoints, 4)
	counts := map[attribute.Distinct]uint64{}
	for _, p := range durations.DataPoints {
		counts[p.Attributes.Equivalent()] = p.Count
		require.Positive(t, p.Sum)
	}
	require.Equal(t, map[attribute.Distinct]uint64{wrong.Equivalent(): 3, right.Equivalent(): 2, absent.Equivalent(): 1, denied.Equivalent(): 2}, counts)
	require.NotRegexp(t, `somebody|agent|private|abc|127\.0\.0\.1`, fmt.Sprintf("%+v", data), "whatever a client can choose stays out of the metrics")
}

func TestADurationIsInSeconds(t *testing.T) {
	sink, collect := newSink(t)
	require.NoError(t, sink.Record(t.Context(), auth.Event{Outcome: auth.OutcomeSuccess, Duration: 20 * time.Millisecond}))
	points := collect()["apiauth.duration"].(metricdata.Histogram[float64]).DataPoints
	require.Len(t, points, 1)
	require.InDelta(t, 0.02, points[0].Sum, 1e-9)
}

// TestNothingThatAClientChoosesMakesASeries: a thousand clients who differ in everything are one.
func TestNothingThatAClientChoosesMakesASeries(t *testing.T) {
	sink, collect := newSink(t)
	var wg sync.WaitGroup
	for i := range 1000 {
		wg.Go(func() {
			text := fmt.Sprint("x", i)
			_ = sink.Record(context.Background(), auth.Event{
				Kind: auth.EventAuthentication, Outcome: auth.OutcomeFailure, Method: autherr.MethodJWT, Code: autherr.InvalidSignature,
				UserID: text, User: text, ClientID: text, HTTPMethod: text, Path: text, UserAgent: text, Cause: errors.New(text),
				Address: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}),
			})
		})
	}
	wg.Wait()
	points := collect()["apiauth.events"].(metricdata.Sum[int64]).DataPoints
	require.Len(t, points, 1)
	require.EqualValues(t, 1000, points[0].Value)
}

func TestNewRefusesNoProvider(t *testing.T) {
	_, err := otelsink.New(nil)
	require.ErrorContains(t, err, "provider is missing")
	_, err = otelsink.New(metric.MeterProvider(nil))
	require.Error(t, err)
}

func Example() {
	provider := sdk.NewMeterProvider( /* with a reader that exports */ )
	defer func() { _ = provider.Shutdown(context.Background()) }()
	sink, err := otelsink.New(provider)
	if err != nil {
		panic(err)
	}
	http.Handle("/", auth.Require(byName{}, &auth.Options{Events: sink})(http.NotFoundHandler()))
}
