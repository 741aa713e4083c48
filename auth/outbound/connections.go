package outbound

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"syscall"
	"time"
)

// idleTime is how long a connection is kept for the next call: less than servers usually keep theirs, so that few end while they are used.
const idleTime = 30 * time.Second

// Connections returns connections that end with life: idle ones are kept until then, or each is closed after its request if idle is zero.
//
// An http.Transport by itself dials, and shakes hands, detached from the request, so that a server that accepts a connection and stays silent would
// keep it and its goroutines for ever. With loopbackOnly it connects to this machine only, whatever a name such as localhost resolves to: another
// does not even see a connection.
func Connections(life context.Context, loopbackOnly bool, idle int) *http.Transport {
	dialer := &net.Dialer{Timeout: MaxTimeout}
	if loopbackOnly {
		dialer.Control = refuseOthers
	}
	dial := func(_ context.Context, network, addr string) (net.Conn, error) {
		c, err := dialer.DialContext(life, network, addr)
		if err != nil {
			return nil, err
		}
		return &mortal{c, context.AfterFunc(life, func() { _ = c.Close() })}, nil
	}
	return &http.Transport{
		Proxy:       nil, // not even the environment's
		DialContext: dial,
		// A dialer of one's own switches HTTP/2 off. Where connections are kept it stays off: one of HTTP/2 that is dead without saying so would
		// take all the calls that share it along, one of HTTP/1.1 only its own.
		ForceAttemptHTTP2:      idle == 0,
		DisableKeepAlives:      idle == 0,
		MaxIdleConns:           idle,
		MaxIdleConnsPerHost:    idle,
		IdleConnTimeout:        idleTime,
		TLSHandshakeTimeout:    MaxTimeout,
		MaxResponseHeaderBytes: 64 << 10,
	}
}

var errNotLoopback = errors.New("the loopback name leads to another machine")

// refuseOthers is a [net.Dialer]'s Control, which is called with an address that a name was resolved to, before anything is sent there.
func refuseOthers(_, address string, _ syscall.RawConn) error {
	if to, err := netip.ParseAddrPort(address); err != nil || !to.Addr().Unmap().IsLoopback() {
		return errNotLoopback
	}
	return nil
}

// mortal is a connection that is closed when a context ends, which forgets it when it is closed before.
type mortal struct {
	net.Conn
	forget func() bool
}

// Close implements net.Conn.
func (c *mortal) Close() error {
	c.forget()
	return c.Conn.Close()
}
