-- name: CreateOrder :one
INSERT INTO example_orders (item) VALUES ($1) RETURNING *;

-- name: GetOrder :one
SELECT * FROM example_orders WHERE id = $1;
