insert into notes (id, text, title) values (1, 'mine', 'first');
