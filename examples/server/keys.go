package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// keyFile returns the contents of a key file. If there is none yet, it is made with what generate returns, readable by its owner
// only, and announced through made. Without a name the key lives as long as the program.
func keyFile(name string, generate func() ([]byte, error), made func(name string)) ([]byte, error) {
	if name == "" {
		return generate()
	}
	data, err := os.ReadFile(name)
	if !errors.Is(err, fs.ErrNotExist) {
		return data, err
	}
	if data, err = generate(); err != nil {
		return nil, err
	}
	// The file appears under its name complete or not at all: of two servers that start at once, one makes it and the other reads it.
	f, err := os.CreateTemp(filepath.Dir(name), ".key-*")
	if err != nil {
		return nil, err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(data)
	if err = errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	if err = os.Link(f.Name(), name); errors.Is(err, fs.ErrExist) {
		return os.ReadFile(name)
	} else if err != nil {
		return nil, err
	}
	made(name)
	return data, nil
}

// secretFile is a keyFile that holds a line of text whose bytes are the secret.
func secretFile(name string, made func(name string)) ([]byte, error) {
	data, err := keyFile(name, func() ([]byte, error) {
		var b [48]byte
		_, _ = rand.Read(b[:]) // never fails
		return append(base64.RawURLEncoding.AppendEncode(nil, b[:]), '\n'), nil
	}, made)
	if err != nil {
		return nil, err
	}
	secret := bytes.TrimRight(data, "\r\n")
	if len(secret) < 32 {
		return nil, fmt.Errorf("%s: a key has at least 32 bytes, this one has %d", name, len(secret))
	}
	return secret, nil
}
