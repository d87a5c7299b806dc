package idioms

import (
	"context"
	"os"

	"github.com/jackc/pgx/v5"
)

// Each function calls the next one four times, and the last one the first.
func chain0(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain1(cfg), chain1(cfg), chain1(cfg), chain1(cfg)
	return first(first(a, b), first(c, d))
}

func chain1(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain2(cfg), chain2(cfg), chain2(cfg), chain2(cfg)
	return first(first(a, b), first(c, d))
}

func chain2(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain3(cfg), chain3(cfg), chain3(cfg), chain3(cfg)
	return first(first(a, b), first(c, d))
}

func chain3(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain4(cfg), chain4(cfg), chain4(cfg), chain4(cfg)
	return first(first(a, b), first(c, d))
}

func chain4(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain5(cfg), chain5(cfg), chain5(cfg), chain5(cfg)
	return first(first(a, b), first(c, d))
}

func chain5(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain6(cfg), chain6(cfg), chain6(cfg), chain6(cfg)
	return first(first(a, b), first(c, d))
}

func chain6(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain7(cfg), chain7(cfg), chain7(cfg), chain7(cfg)
	return first(first(a, b), first(c, d))
}

func chain7(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain8(cfg), chain8(cfg), chain8(cfg), chain8(cfg)
	return first(first(a, b), first(c, d))
}

func chain8(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain9(cfg), chain9(cfg), chain9(cfg), chain9(cfg)
	return first(first(a, b), first(c, d))
}

func chain9(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain10(cfg), chain10(cfg), chain10(cfg), chain10(cfg)
	return first(first(a, b), first(c, d))
}

func chain10(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain11(cfg), chain11(cfg), chain11(cfg), chain11(cfg)
	return first(first(a, b), first(c, d))
}

func chain11(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain12(cfg), chain12(cfg), chain12(cfg), chain12(cfg)
	return first(first(a, b), first(c, d))
}

func chain12(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain13(cfg), chain13(cfg), chain13(cfg), chain13(cfg)
	return first(first(a, b), first(c, d))
}

func chain13(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain14(cfg), chain14(cfg), chain14(cfg), chain14(cfg)
	return first(first(a, b), first(c, d))
}

func chain14(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain15(cfg), chain15(cfg), chain15(cfg), chain15(cfg)
	return first(first(a, b), first(c, d))
}

func chain15(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain16(cfg), chain16(cfg), chain16(cfg), chain16(cfg)
	return first(first(a, b), first(c, d))
}

func chain16(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain17(cfg), chain17(cfg), chain17(cfg), chain17(cfg)
	return first(first(a, b), first(c, d))
}

func chain17(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain18(cfg), chain18(cfg), chain18(cfg), chain18(cfg)
	return first(first(a, b), first(c, d))
}

func chain18(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain19(cfg), chain19(cfg), chain19(cfg), chain19(cfg)
	return first(first(a, b), first(c, d))
}

func chain19(cfg *pgx.ConnConfig) *pgx.ConnConfig {
	a, b, c, d := chain0(cfg), chain0(cfg), chain0(cfg), chain0(cfg)
	return first(first(a, b), first(c, d))
}

func first(a, b *pgx.ConnConfig) *pgx.ConnConfig {
	if a != nil {
		return a
	}
	return b
}

func chained(ctx context.Context) {
	cfg, _ := pgx.ParseConfig("host=" + os.Getenv("DB_HOST") + " sslmode=require") // want `RT002`
	_, _ = pgx.ConnectConfig(ctx, chain0(cfg))
}
