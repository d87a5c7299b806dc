ALTER TABLE example_orders ADD COLUMN quantity integer NOT NULL DEFAULT 1;
