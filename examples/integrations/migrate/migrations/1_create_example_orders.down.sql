DROP TABLE example_orders;
