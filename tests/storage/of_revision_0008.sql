BEGIN TRANSACTION;
CREATE TABLE accounts (
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	sealed_key BLOB NOT NULL, 
	added_at BIGINT NOT NULL, 
	refused_at BIGINT, 
	refused_code SMALLINT, 
	PRIMARY KEY (telegram_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "accounts" VALUES(1002,'412346','USD',X'017AC095DC94CB96F4249FE642D83AC3F36E2F4806B1541D2C327DFB148B7A19DDA4904B8B6A5548DC88CB74ED37EBFB5FE959D296D188D848F387F37CAD',1795867200302072,NULL,NULL);
INSERT INTO "accounts" VALUES(1001,'412345','RUB',X'017AF1A7DEF1D8E6EC9640E340D086E9E16269B0D5EC186EB3C0E482D983D6DF115DBA4E9F62BA1C067178D0492DC7B98B3EED4969A1EBE8A1B2C128D45D',1795867200657425,NULL,NULL);
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0008');
CREATE TABLE bots (
	bot_id BIGINT NOT NULL, 
	since BIGINT NOT NULL, 
	PRIMARY KEY (bot_id)
);
INSERT INTO "bots" VALUES(700000001,1795867200000000);
CREATE TABLE confirmations (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	quote_id TEXT NOT NULL, 
	requote_id TEXT, 
	kind TEXT NOT NULL, 
	source TEXT NOT NULL, 
	period INTEGER NOT NULL, 
	confirmed_at BIGINT NOT NULL, 
	started_at BIGINT, 
	changes INTEGER NOT NULL, 
	told INTEGER NOT NULL, 
	told_at BIGINT, 
	tell_at BIGINT, 
	FOREIGN KEY(quote_id) REFERENCES quotes (id) ON DELETE CASCADE, 
	FOREIGN KEY(requote_id) REFERENCES quotes (id) ON DELETE SET NULL, 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE, 
	UNIQUE (quote_id)
);
INSERT INTO "confirmations" VALUES(1,1001,'412345','r6lIdSP3Pol0',NULL,'buy','person',30,1795867200748969,1795867200919197,1,1,1795867200964463,NULL);
INSERT INTO "confirmations" VALUES(2,1001,'412345','jaZPo0BuFVYr',NULL,'buy','person',7,1795870801194147,1795870801216083,1,1,1795870801246263,NULL);
CREATE TABLE deletions (
	id INTEGER NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	deleted_at BIGINT NOT NULL, 
	certain BOOLEAN NOT NULL, 
	proxies TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "deletions" VALUES(1,1001,'412345',1795867201004068,1,'[{"id":30000102,"host":"198.18.99.98","country":"ru","comment":"old","days_left":20.0,"gone":true}]');
CREATE TABLE digests (
	id INTEGER NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	written_at BIGINT NOT NULL, 
	ends TEXT NOT NULL, 
	quote_id TEXT, 
	message_id BIGINT, again_at BIGINT, tries INTEGER DEFAULT '0' NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "digests" VALUES(1,1001,'soon','sent',1795870801119351,'{"30000079":1796040000000000,"30000088":1796040000000000}','P0ARyHcnhTxv',15,NULL,0);
CREATE TABLE habits (
	telegram_id BIGINT NOT NULL, 
	habits TEXT NOT NULL, 
	PRIMARY KEY (telegram_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE journal (
	id INTEGER NOT NULL, 
	order_id INTEGER NOT NULL, 
	at BIGINT NOT NULL, 
	event TEXT NOT NULL, 
	data TEXT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE CASCADE
);
INSERT INTO "journal" VALUES(1,1,1795867200933912,'sent','{"method":"buy","params":{"count":2,"period":30,"country":"de","version":"6","type":"http","descr":"eac66e917a bot","auto_prolong":false},"balance":"5000.00"}');
INSERT INTO "journal" VALUES(2,1,1795867200945726,'answered','{"price":"42.00","balance":"4958.00","count":2,"order_id":"7000002","ends":{"30000103":"2026-12-28T12:00:00Z","30000106":"2026-12-28T12:00:00Z"}}');
INSERT INTO "journal" VALUES(3,1,1795867200971293,'renamed','{"comment":"","result":"done","error":null}');
INSERT INTO "journal" VALUES(4,2,1795870801228002,'sent','{"method":"buy","params":{"count":1,"period":7,"country":"fr","version":"6","type":"http","descr":"da2d405814 bot","auto_prolong":false},"balance":"4958.00"}');
INSERT INTO "journal" VALUES(5,2,1795870801234330,'unknown','{"error":"OutcomeUnknown","error_id":null}');
CREATE TABLE key_tries (
	id INTEGER NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	tried_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE known_proxies (
	telegram_id BIGINT NOT NULL, 
	proxy_id BIGINT NOT NULL, 
	version TEXT NOT NULL, 
	auto_prolong BOOLEAN NOT NULL, 
	PRIMARY KEY (telegram_id, proxy_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "known_proxies" VALUES(1001,30000103,'6',0);
INSERT INTO "known_proxies" VALUES(1001,30000106,'6',0);
CREATE TABLE notices (
	telegram_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	"key" TEXT NOT NULL, 
	times INTEGER NOT NULL, 
	amount BIGINT, 
	at BIGINT NOT NULL, 
	PRIMARY KEY (telegram_id, kind, "key"), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE order_proxies (
	order_id INTEGER NOT NULL, 
	proxy_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	end_before BIGINT, 
	end_after BIGINT, 
	open BOOLEAN NOT NULL, 
	automatic BOOLEAN NOT NULL, 
	PRIMARY KEY (order_id, proxy_id), 
	FOREIGN KEY(order_id) REFERENCES orders (id) ON DELETE CASCADE
);
INSERT INTO "order_proxies" VALUES(1,30000103,'412345',NULL,1798459200000000,0,0);
INSERT INTO "order_proxies" VALUES(1,30000106,'412345',NULL,1798459200000000,0,0);
CREATE TABLE orders (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	confirmation_id INTEGER NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	state TEXT NOT NULL, 
	count INTEGER NOT NULL, 
	period INTEGER NOT NULL, 
	country TEXT, 
	version TEXT, 
	protocol TEXT, 
	comment TEXT, 
	mark TEXT, 
	auto_prolong BOOLEAN NOT NULL, 
	currency TEXT NOT NULL, 
	quoted BIGINT NOT NULL, 
	at_most BOOLEAN NOT NULL, 
	expected BIGINT, 
	charged BIGINT, 
	balance_before BIGINT, 
	balance_after BIGINT, 
	known_before TEXT, 
	error TEXT, 
	error_id INTEGER, 
	confirmed_at BIGINT NOT NULL, 
	sent_at BIGINT, 
	unknown_at BIGINT, 
	settled_at BIGINT, 
	corrected BOOLEAN NOT NULL, 
	looks INTEGER NOT NULL, 
	looking_error TEXT, 
	due_at BIGINT, 
	leased_until BIGINT, 
	"rename" TEXT, 
	rename_tries INTEGER NOT NULL, top_up BIGINT, 
	FOREIGN KEY(confirmation_id) REFERENCES confirmations (id) ON DELETE CASCADE, 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "orders" VALUES(1,1,1001,'412345','buy','done',2,30,'de','6','http','','eac66e917a bot',0,'RUB',42000000,0,42000000,42000000,5000000000,4958000000,NULL,NULL,NULL,1795867200748969,1795867200933912,NULL,1795867200945721,0,0,NULL,NULL,NULL,'done',1,NULL);
INSERT INTO "orders" VALUES(2,2,1001,'412345','buy','unknown',1,7,'fr','6','http','','da2d405814 bot',0,'RUB',6300000,0,6300000,NULL,4958000000,NULL,'[30000079,30000088,30000095,30000103,30000106]','OutcomeUnknown',NULL,1795870801194147,1795870801228002,1795870801234319,NULL,0,0,NULL,1795870806228002,NULL,NULL,0,NULL);
CREATE TABLE people (
	telegram_id BIGINT NOT NULL, 
	language TEXT, 
	phone_language TEXT, 
	zone TEXT, 
	blocked_at BIGINT, 
	choices TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	PRIMARY KEY (telegram_id)
);
INSERT INTO "people" VALUES(1002,'ru','en',NULL,NULL,'{}',1795867200043135);
INSERT INTO "people" VALUES(1001,NULL,'en',NULL,NULL,'{"buy":{"version":"6","country":"fr","period":7,"count":1,"protocol":"http"},"version":"6","countries":["fr","de"]}',1795867200630218);
CREATE TABLE proposals (
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	sealed_key BLOB NOT NULL, 
	proposed_at BIGINT NOT NULL, 
	PRIMARY KEY (telegram_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE quotes (
	id TEXT NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	source TEXT NOT NULL, 
	state TEXT NOT NULL, 
	wish TEXT, 
	parts TEXT NOT NULL, 
	ends TEXT NOT NULL, 
	options TEXT NOT NULL, 
	balance BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	created_at BIGINT NOT NULL, 
	chat_id BIGINT, 
	message_id BIGINT, 
	PRIMARY KEY (id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "quotes" VALUES('r6lIdSP3Pol0',1001,'412345','buy','person','claimed','{"count":2,"period":30,"country":"de","version":"6","protocol":"http","comment":"","auto_prolong":false}','[{"count":2,"ids":[],"prices":["42"],"at_most":false}]','{}','[{"period":30,"price":"42","price_single":"0.7","at_most":false}]',5000000000,'RUB',1795867200720091,1001,12);
INSERT INTO "quotes" VALUES('P0ARyHcnhTxv',1001,'412345','prolong','digest','open',NULL,'[{"count":2,"ids":[30000079,30000088],"prices":["42","12.6","117"],"at_most":false}]','{"30000079":"2026-11-30T12:00:00Z","30000088":"2026-11-30T12:00:00Z"}','[{"period":30,"price":"42","price_single":"0.7","at_most":false},{"period":7,"price":"12.6","price_single":"0.9","at_most":false},{"period":90,"price":"117","price_single":"0.65","at_most":false}]',4958000000,'RUB',1795870801102484,1001,15);
INSERT INTO "quotes" VALUES('jaZPo0BuFVYr',1001,'412345','buy','person','claimed','{"count":1,"period":7,"country":"fr","version":"6","protocol":"http","comment":"","auto_prolong":false}','[{"count":1,"ids":[],"prices":["6.3"],"at_most":false}]','{}','[{"period":7,"price":"6.3","price_single":"0.9","at_most":false}]',4958000000,'RUB',1795870801173367,1001,17);
CREATE TABLE reminders (
	telegram_id BIGINT NOT NULL, 
	proxy_id BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	lead BIGINT NOT NULL, 
	digest_id INTEGER NOT NULL, 
	PRIMARY KEY (telegram_id, proxy_id, "end", lead), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE, 
	FOREIGN KEY(digest_id) REFERENCES digests (id) ON DELETE CASCADE
)
 WITHOUT ROWID

;
INSERT INTO "reminders" VALUES(1001,30000079,1796040000000000,259200,1);
INSERT INTO "reminders" VALUES(1001,30000088,1796040000000000,259200,1);
CREATE TABLE rules (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	telegram_id BIGINT NOT NULL, 
	scope TEXT NOT NULL, 
	value TEXT NOT NULL, 
	hours INTEGER NOT NULL, 
	period INTEGER NOT NULL, 
	cap_run BIGINT, 
	cap_month BIGINT, 
	floor BIGINT NOT NULL, 
	quiet BOOLEAN NOT NULL, 
	"on" BOOLEAN NOT NULL, 
	stopped TEXT, 
	created_at BIGINT NOT NULL, px6_user_id TEXT DEFAULT '' NOT NULL, currency TEXT DEFAULT '' NOT NULL, 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "rules" VALUES(1,1001,'comment','"lab"',12,30,NULL,NULL,0,0,1,NULL,1795867201031445,'412345','RUB');
CREATE TABLE run_proxies (
	telegram_id BIGINT NOT NULL, 
	proxy_id BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	run_id INTEGER NOT NULL, price BIGINT DEFAULT '0' NOT NULL, 
	PRIMARY KEY (telegram_id, proxy_id, "end"), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE, 
	FOREIGN KEY(run_id) REFERENCES runs (id) ON DELETE CASCADE
);
CREATE TABLE runs (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	telegram_id BIGINT NOT NULL, 
	rule_id INTEGER NOT NULL, 
	state TEXT NOT NULL, 
	run_at BIGINT NOT NULL, 
	price BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	message_id BIGINT, 
	confirmation_id INTEGER, 
	cycle INTEGER DEFAULT '0' NOT NULL, told_at BIGINT, 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE, 
	FOREIGN KEY(rule_id) REFERENCES rules (id) ON DELETE CASCADE, 
	FOREIGN KEY(confirmation_id) REFERENCES confirmations (id) ON DELETE SET NULL
);
CREATE TABLE selections (
	id TEXT NOT NULL, 
	telegram_id BIGINT NOT NULL, 
	purpose TEXT NOT NULL, 
	ids TEXT NOT NULL, 
	touched_at BIGINT NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE silences (
	telegram_id BIGINT NOT NULL, 
	proxy_id BIGINT NOT NULL, 
	"end" BIGINT NOT NULL, 
	until BIGINT, 
	PRIMARY KEY (telegram_id, proxy_id, "end"), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE snapshots (
	telegram_id BIGINT NOT NULL, 
	px6_user_id TEXT NOT NULL, 
	read_at BIGINT NOT NULL, 
	balance BIGINT NOT NULL, 
	currency TEXT NOT NULL, 
	ends TEXT NOT NULL, 
	outlook TEXT, 
	PRIMARY KEY (telegram_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "snapshots" VALUES(1001,'412345',1795870801046224,4958000000,'RUB','{"30000079":1796040000,"30000088":1796040000,"30000095":1797595200,"30000103":1798459200,"30000106":1798459200}','{"at":1795870801.142697,"balance":"4958.00","cost":"105.00","currency":"RUB","until":null,"at_most":false}');
CREATE TABLE unsaid (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	telegram_id BIGINT NOT NULL, 
	kind TEXT NOT NULL, 
	notice TEXT NOT NULL, 
	quietly BOOLEAN NOT NULL, 
	message_id BIGINT, 
	written_at BIGINT NOT NULL, 
	again_at BIGINT, 
	tries INTEGER NOT NULL, 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
CREATE TABLE watches (
	telegram_id BIGINT NOT NULL, 
	next_look_at BIGINT, 
	lease TEXT, 
	since BIGINT NOT NULL, 
	PRIMARY KEY (telegram_id), 
	FOREIGN KEY(telegram_id) REFERENCES people (telegram_id) ON DELETE CASCADE
);
INSERT INTO "watches" VALUES(1002,1795867200302072,NULL,1795867200302072);
INSERT INTO "watches" VALUES(1001,1795892401138731,NULL,1795867200657425);
CREATE INDEX deletions_of ON deletions (telegram_id, id);
CREATE INDEX key_tries_of ON key_tries (telegram_id, tried_at);
CREATE INDEX quotes_of ON quotes (telegram_id, created_at);
CREATE INDEX selections_of ON selections (telegram_id, touched_at);
CREATE INDEX confirmations_of ON confirmations (telegram_id, id);
CREATE INDEX confirmations_requoted ON confirmations (requote_id);
CREATE INDEX confirmations_untold ON confirmations (tell_at) WHERE tell_at IS NOT NULL;
CREATE INDEX orders_account ON orders (px6_user_id, sent_at);
CREATE INDEX orders_confirmed ON orders (confirmation_id);
CREATE INDEX orders_due ON orders (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX orders_of ON orders (telegram_id, id);
CREATE INDEX journal_of ON journal (order_id, id);
CREATE UNIQUE INDEX one_automatic_order ON order_proxies (px6_user_id, proxy_id, end_before) WHERE automatic = 1;
CREATE UNIQUE INDEX one_open_order ON order_proxies (px6_user_id, proxy_id) WHERE open = 1;
CREATE INDEX watches_due ON watches (next_look_at) WHERE next_look_at IS NOT NULL;
CREATE INDEX digests_of ON digests (telegram_id, id);
CREATE INDEX reminders_of_digest ON reminders (digest_id);
CREATE INDEX rules_of ON rules (telegram_id);
CREATE INDEX runs_of ON runs (telegram_id, state);
CREATE INDEX runs_of_rule ON runs (rule_id);
CREATE INDEX runs_confirmed ON runs (confirmation_id);
CREATE INDEX proxies_of_run ON run_proxies (run_id);
CREATE INDEX runs_of_cycle ON runs (cycle);
CREATE INDEX watches_leased ON watches (next_look_at) WHERE lease IS NOT NULL;
CREATE INDEX unsaid_of ON unsaid (telegram_id);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('confirmations',2);
INSERT INTO "sqlite_sequence" VALUES('orders',2);
INSERT INTO "sqlite_sequence" VALUES('rules',1);
COMMIT;
