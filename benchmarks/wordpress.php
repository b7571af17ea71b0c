<?php
// Installs WordPress in the folder $argv[1] with the posts and comments of the file $argv[2]; prints the moderator's cookies.

define('WP_INSTALLING', true);
$_SERVER['HTTP_HOST'] = '127.0.0.1';

function wp_new_blog_notification() {} // it would send a mail

require $argv[1] . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';

$given = json_decode(file_get_contents($argv[2]), true);
wp_install('Bench', 'ana', 'ana@example.org', true, '', wp_slash($given['password']));
update_option('permalink_structure', '/%postname%/');
update_option('comments_notify', 0);
update_option('moderation_notify', 0);
update_user_meta(1, 'edit_comments_per_page', 50);

$wpdb->query('start transaction');
$posts = [];
foreach ($given['posts'] as $post) {
    $posts[$post['id']] = wp_insert_post(wp_slash([
        'post_title' => $post['title'],
        'post_name' => $post['slug'],
        'post_content' => $post['body_html'],
        'post_date_gmt' => $post['at'],
        'post_date' => $post['at'],
        'post_status' => 'publish',
        'comment_status' => 'open',
    ]));
}
foreach ($given['comments'] as $comment) {
    $wpdb->insert($wpdb->comments, [
        'comment_ID' => $comment['id'],
        'comment_post_ID' => $posts[$comment['post_id']],
        'comment_parent' => $comment['parent_id'] ?? 0,
        'comment_author' => $comment['author'],
        'comment_author_email' => $comment['email'],
        'comment_author_IP' => $comment['ip'],
        'comment_content' => $comment['text'],
        'comment_approved' => ['approved' => '1', 'pending' => '0'][$comment['status']] ?? $comment['status'],
        'comment_agent' => $comment['user_agent'],
        'comment_date' => $comment['at'],
        'comment_date_gmt' => $comment['at'],
        'comment_type' => 'comment',
    ]);
}
$wpdb->query("update $wpdb->posts p set comment_count =
    (select count(*) from $wpdb->comments c where c.comment_post_ID = p.ID and c.comment_approved = '1')");
$wpdb->query('commit');
flush_rewrite_rules(false);

$until = time() + 86400;
$token = WP_Session_Tokens::get_instance(1)->create($until);
echo AUTH_COOKIE . '=' . wp_generate_auth_cookie(1, $until, 'auth', $token) . '; ';
echo LOGGED_IN_COOKIE . '=' . wp_generate_auth_cookie(1, $until, 'logged_in', $token);
