package redisstore

import (
	"context"
	"crypto/rand"
	"crypto/sha1"
	_ "embed"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/redis/go-redis/v9"
)

//go:embed scripts/add.lua
var addLua string

//go:embed scripts/owners.lua
var ownersLua string

//go:embed scripts/search.lua
var searchLua string

//go:embed scripts/create.lua
var createLua string

//go:embed scripts/rotate.lua
var rotateLua string

//go:embed scripts/take.lua
var takeLua string

//go:embed scripts/delete.lua
var deleteLua string

//go:embed scripts/list.lua
var listLua string

//go:embed scripts/check.lua
var checkLua string

// The scripts. go-redis sends a command again when it does not see the answer, so one may run twice, and the second time much later,
// from the buffer of a connection that was given up. That must do no harm:
//
//   - A rotation recognises itself by its nonce; a deletion has nothing left to do.
//   - A creation that runs again after the token was handed out and revoked would bring the token back. It is sent once.
//   - Whoever takes a token must not hear that it is unknown because he has it already. It is sent once.
var (
	createScript = newScript(once, addLua, createLua)
	rotateScript = newScript(repeatable, addLua, rotateLua)
	takeScript   = newScript(once, ownersLua, takeLua)
	deleteScript = newScript(repeatable, ownersLua, searchLua, deleteLua)
	listScript   = newScript(repeatable, ownersLua, searchLua, listLua)
	checkScript  = newScript(repeatable, checkLua)
)

const (
	once       = true
	repeatable = false
)

// script is a Lua script that the server runs from beginning to end with nothing in between.
type script struct {
	once        bool
	source, sha string
}

func newScript(once bool, parts ...string) *script {
	source := strings.Join(parts, "\n")
	sum := sha1.Sum([]byte(source)) // the name by which the server knows it, nothing else
	return &script{once, source, hex.EncodeToString(sum[:])}
}

// onceCmd is a command that go-redis does not send again unless it is certain that the server has not begun with it.
type onceCmd struct{ *redis.Cmd }

func (onceCmd) NoRetry() bool { return true }

// answer is what a script returns: a word and values.
type answer struct {
	word   string
	values []string
}

// Answers of scripts, besides the errors of the server.
const (
	wordDone       = "done"
	wordUnknown    = "unknown"
	wordExists     = "exists"
	wordSpent      = "spent"
	wordUnreadable = "unreadable"
)

// errMixed: the answer is not to this call, or is none of a script.
var errMixed = errors.New("redisstore: an answer that cannot be read")

// run runs the script. Its first argument is a nonce, with which it has to begin its answer: so an answer to another call, which a
// connection that got out of step would hand us, is not taken for ours.
func (s *Store) run(ctx context.Context, op string, sc *script, keys []string, args ...string) (answer, error) {
	nonce := make([]byte, nonceBytes)
	rand.Read(nonce)
	all := make([]any, 0, 4+len(keys)+len(args))
	all = append(all, "evalsha", sc.sha, len(keys))
	for _, key := range keys {
		all = append(all, key)
	}
	all = append(all, string(nonce))
	for _, arg := range args {
		all = append(all, arg)
	}
	return call(ctx, op, func(ctx context.Context) (answer, error) {
		reply, err := s.send(ctx, sc, all)
		if redis.HasErrorPrefix(err, "NOSCRIPT") { // a new server, or one that was told to forget
			all[0], all[1] = "eval", sc.source
			reply, err = s.send(ctx, sc, all)
		}
		if err != nil {
			return answer{}, err
		}
		return parseAnswer(reply, string(nonce))
	})
}

func (s *Store) send(ctx context.Context, sc *script, args []any) (any, error) {
	cmd := redis.NewCmd(ctx, args...)
	cmd.SetFirstKeyPos(3)
	if sc.once {
		_ = s.client.Process(ctx, onceCmd{cmd})
	} else {
		_ = s.client.Process(ctx, cmd)
	}
	return cmd.Result()
}

func parseAnswer(reply any, nonce string) (answer, error) {
	list, ok := reply.([]any)
	if !ok || len(list) < 2 {
		return answer{}, errMixed
	}
	texts := make([]string, len(list))
	for i, value := range list {
		if texts[i], ok = value.(string); !ok {
			return answer{}, errMixed
		}
	}
	if texts[0] != nonce {
		return answer{}, errMixed
	}
	if texts[1] == wordUnreadable {
		return answer{}, errRecord
	}
	return answer{texts[1], texts[2:]}, nil
}
