ALTER TABLE example_orders DROP COLUMN quantity;
