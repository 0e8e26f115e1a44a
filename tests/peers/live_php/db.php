<?php
// The drop-in that keeps WordPress's tables in a file: what the plugin for it writes here, without its screens.

define( 'SQLITE_DB_DROPIN_VERSION', '1.8.0' );
define( 'DATABASE_TYPE', 'sqlite' );
define( 'DB_ENGINE', 'sqlite' );
require_once dirname( __DIR__ ) . '/sqlite/wp-includes/sqlite/db.php';
