package pop3

import (
	"net/netip"
	"reflect"
	"testing"
	"time"
)

// filler sets every exported field to a value that no other field has.
type filler struct {
	t    *testing.T
	next int64
	now  time.Time
}

func (f *filler) fill(v reflect.Value) {
	f.next++
	switch to := v.Addr().Interface().(type) {
	case *time.Time:
		*to = f.now.Add(time.Duration(f.next) * time.Second)
		return
	case *netip.AddrPort:
		*to = netip.AddrPortFrom(netip.MustParseAddr("fe80::1%eth0"), uint16(f.next))
		return
	case *netip.Prefix:
		*to = netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(f.next)}), 24)
		return
	case *Marks:
		return // Not packed.
	}
	switch v.Kind() {
	case reflect.Uint8:
		v.SetUint(uint64(f.next))
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(f.next << 33)
	case reflect.String:
		v.SetString(string(rune('a' + f.next%26)))
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		f.fill(v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		f.fill(v.Index(0))
		f.fill(v.Index(1))
	case reflect.Struct:
		for _, field := range v.Fields() {
			f.fill(field)
		}
	default:
		f.t.Fatalf("no value for %v", v.Type())
	}
}

// Every field of a State comes back, and times keep their clock, which no change
// of the date moves.
func TestPack(t *testing.T) {
	now := time.Now()
	full := State{}
	(&filler{t: t, now: now}).fill(reflect.ValueOf(&full).Elem())
	full.Input = nil // The session keeps it.
	empty := State{ID: "a"}
	before := State{ID: "b", Start: now, Expires: now.Add(time.Hour), Authorization: Authorization{User: "ann"}}
	for _, want := range []State{full, empty, before} {
		got := unpack(want.pack(now), now)
		if !reflect.DeepEqual(*got, want) {
			t.Errorf("unpacked\n%+v\nwant\n%+v", *got, want)
		}
	}
}

// A time that another process has handed over has no reading of the clock: its
// distance from now counts.
func TestPackHandedOver(t *testing.T) {
	now := time.Now()
	want := State{Expires: now.Add(time.Minute).Round(0)}
	if got := unpack(want.pack(now), now).Expires; !got.Equal(want.Expires) {
		t.Errorf("unpacked %v, want %v", got, want.Expires)
	}
}
