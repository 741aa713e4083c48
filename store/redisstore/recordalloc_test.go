package redisstore_test

import (
	"encoding/binary"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/redisstore"
)

// A record says how many scopes follow and how long they are. What it says is not believed.
func TestAHostileRecordTakesMemoryInProportion(t *testing.T) {
	tok := goldenToken()
	tok.Scopes = nil
	record := string(redisstore.AppendRecord(nil, &tok))
	record = record[:len(record)-1] // without the number of scopes
	for _, n := range []uint64{1, 1 << 7, 1 << 14, 1 << 20, 1<<28 - 1, 1 << 35, 1<<63 - 1} {
		for _, rest := range []string{"", "\x00", strings.Repeat("\x00", 1<<14), strings.Repeat("\xff", 1<<14), strings.Repeat("\x01a", 1<<14)} {
			text := record + string(binary.AppendUvarint(nil, n)) + rest
			took := uint64(math.MaxUint64)
			for range 10 { // the least of them: clients of other tests may take memory meanwhile
				var before, after runtime.MemStats
				runtime.ReadMemStats(&before)
				got, err := redisstore.ParseRecord(tok.ID, text)
				runtime.ReadMemStats(&after)
				took = min(took, after.TotalAlloc-before.TotalAlloc)
				if err != nil {
					require.Equal(t, store.Token{}, got)
				}
			}
			require.Less(t, took, 20*uint64(len(text))+4096)
		}
	}
}
