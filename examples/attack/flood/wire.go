package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// conn is a connection on which one request follows another. It does as little as it can: on one machine the attacker's work is taken from the server.
type conn struct {
	net.Conn
	r   *bufio.Reader
	buf []byte
}

// dial connects to the server from a local address.
func dial(ctx context.Context, server, from string) (*conn, error) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(from)}, Timeout: time.Minute}
	c, err := d.DialContext(ctx, "tcp", server)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c, r: bufio.NewReaderSize(c, 4<<10)}, nil
}

// get sends a request for the page and returns the status of the answer.
func (c *conn) get(scheme, credential string) (status int, err error) {
	if err := c.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return 0, err
	}
	c.buf = fmt.Appendf(c.buf[:0], "GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: %s %s\r\n\r\n", scheme, credential)
	if _, err := c.Write(c.buf); err != nil {
		return 0, err
	}
	return c.readAnswer()
}

var contentLength = []byte("Content-Length:")

// readAnswer reads one answer that tells its length, as all of this server do.
func (c *conn) readAnswer() (status int, err error) {
	line, err := c.r.ReadSlice('\n')
	if err != nil {
		return 0, err
	}
	if len(line) < len("HTTP/1.1 200") {
		return 0, fmt.Errorf("answered %q", line)
	}
	if status, err = strconv.Atoi(string(line[len("HTTP/1.1 "):len("HTTP/1.1 200")])); err != nil {
		return 0, err
	}
	for length := -1; ; {
		line, err := c.r.ReadSlice('\n')
		if err != nil {
			return 0, err
		}
		if line = bytes.TrimSpace(line); len(line) == 0 {
			if length < 0 {
				return 0, errors.New("an answer without Content-Length")
			}
			_, err := c.r.Discard(length)
			return status, err
		}
		if value, ok := bytes.CutPrefix(line, contentLength); ok {
			if length, err = strconv.Atoi(string(bytes.TrimSpace(value))); err != nil {
				return 0, err
			}
		}
	}
}

// guess sends a wrong password for the n-th name.
func (c *conn) guess(n int) (status int, err error) {
	return c.get("Basic", base64.StdEncoding.EncodeToString(fmt.Appendf(nil, "stranger-%09d:wrong-%09d", n, n)))
}

// anAddress returns the n-th of many addresses of this machine, none of which is 127.0.0.1.
func anAddress(n int) string {
	n += 1 << 16
	return fmt.Sprintf("127.%d.%d.%d", n>>16&0xff, n>>8&0xff, n&0xff)
}
