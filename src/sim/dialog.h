/* dialog.h: plays transcripts of several people against the pure server and says whether each saw
 * exactly what is written. One thread.
 *
 *     # comment
 *     use NAME DIALECT [key=value ...]   somebody connects, to a listener of that manner
 *     NAME> text                         she types a line
 *     raw NAME> "escaped"                she sends these bytes: \r \n \t \\ \" \xHH
 *     NAME< line                         the next line she reads is exactly this
 *     NAME<~ pattern                     ... matches; (?P<x>...) is ${x} from then on
 *     NAME! eof                          her input ends
 *     NAME! lost                         her connection breaks
 *     NAME<!                             the server has closed her connection
 *     wait MS                            so much time passes
 *     restart                            the server stops hard and starts from what it stored
 *
 * ${addr.NAME} is 127.0.0.1:1001 for the first who came, 1002 for the next; `from=IP` in `use`
 * gives another address. Whatever she was sent and no line has read is an error at the end. */
#ifndef SIM_DIALOG_H
#define SIM_DIALOG_H

int dialog_main(int argc, char **argv);

#endif
