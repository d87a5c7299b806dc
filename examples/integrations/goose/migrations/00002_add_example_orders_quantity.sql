-- +goose Up
ALTER TABLE example_orders ADD COLUMN quantity integer NOT NULL DEFAULT 1;

-- +goose Down
ALTER TABLE example_orders DROP COLUMN quantity;
