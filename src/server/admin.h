/* admin.h: the subcommands for who runs the server: user, room, token, backup, restore, export,
 * import, recover. They ask the server that runs at its control socket, or work alone in the data
 * folder. Each takes argv[0] as its own name and returns an exit code: 0, 1 refused, 64 usage, 73
 * no data folder, 74 disk failed, 78 configuration. */
#ifndef SERVER_ADMIN_H
#define SERVER_ADMIN_H

int admin_user_main(int argc, char **argv);
int admin_server_main(int argc, char **argv);
int admin_lockdown_main(int argc, char **argv);
int admin_room_main(int argc, char **argv);
int admin_invite_main(int argc, char **argv);
int admin_token_main(int argc, char **argv);
int admin_backup_main(int argc, char **argv);
int admin_restore_main(int argc, char **argv);
int admin_export_main(int argc, char **argv);
int admin_import_main(int argc, char **argv);
int admin_recover_main(int argc, char **argv);

#endif
