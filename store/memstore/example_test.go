package memstore_test

import (
	"context"
	"fmt"

	"github.com/apiauth-go/apiauth/store"
	"github.com/apiauth-go/apiauth/store/memstore"
)

func Example() {
	ctx := context.Background()
	s, err := memstore.New(nil)
	if err != nil {
		panic(err)
	}
	err = s.PutUser(ctx, store.User{
		ID: "1", Name: "my_username", PasswordHash: "made by package auth/password", Active: true,
		Roles: []string{"editor"}, Permissions: []string{"create page content"},
	})
	if err != nil {
		panic(err)
	}
	u, err := s.UserByName(ctx, "my_username")
	fmt.Println(u.ID, u.Roles, err)
	_, err = s.UserByName(ctx, "My_Username")
	fmt.Println(err)
	// Output:
	// 1 [editor] <nil>
	// store: not found
}
