<?php
// What the tests ask of a real WordPress, in whose folder this file lies: php judge.php install | import FILE | export FILE | facts
[, $act] = $argv;
$_SERVER['HTTP_HOST'] = '127.0.0.1';
$_SERVER['REQUEST_METHOD'] = 'POST';
define('WP_ADMIN', true);
define($act === 'install' ? 'WP_INSTALLING' : 'WP_LOAD_IMPORTERS', true);
if ($act === 'install') {
    function wp_new_blog_notification() {}
}
require __DIR__ . '/wp-load.php';
foreach (['admin', 'upgrade', 'import', 'export'] as $part) {
    require_once ABSPATH . "wp-admin/includes/$part.php";
}
if ($act === 'install') {
    wp_install('Judge', 'judge', 'judge@example.org', true, '', 'a long password that nobody needs');
    foreach (get_posts(['numberposts' => -1, 'post_type' => ['post', 'page'], 'post_status' => 'any']) as $post) {
        wp_delete_post($post->ID, true);
    }
    update_option('permalink_structure', '/%postname%/');
    exit;
}
wp_set_current_user(1);
if ($act === 'import') {
    require __DIR__ . '/wp-content/plugins/wordpress-importer/wordpress-importer.php';
    wordpress_importer_init();
    $importer = $GLOBALS['wp_import'] ?? new WP_Import();
    $importer->fetch_attachments = false;
    ob_start();
    $importer->import($argv[2]);
    fwrite(STDERR, strip_tags(ob_get_clean()));
} elseif ($act === 'export') {
    ob_start();
    @export_wp(['content' => 'all']);
    file_put_contents($argv[2], ob_get_clean());
} else {
    global $wpdb;
    echo json_encode([
        'posts' => $wpdb->get_results("select post_title title, post_name slug, post_type kind, post_status status,
            comment_status discussion, post_date_gmt at from $wpdb->posts where post_type in ('post', 'page')"),
        'comments' => $wpdb->get_results("select c.comment_approved status, c.comment_type kind, c.comment_author author,
            c.comment_content text, c.comment_date_gmt at, p.comment_content parent
            from $wpdb->comments c left join $wpdb->comments p on p.comment_ID = c.comment_parent"),
    ]);
}
