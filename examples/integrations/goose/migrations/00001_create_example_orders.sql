-- +goose Up
CREATE TABLE example_orders (
    id   integer      PRIMARY KEY,
    item varchar(100) NOT NULL
);

-- +goose Down
DROP TABLE example_orders;
