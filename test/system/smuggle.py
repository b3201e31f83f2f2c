"""Requests that two servers could read in two ways (RFC 9112 section 11.2), and requests that they
must not: each is bytes up to where the next request begins."""

HEAD = "POST /x HTTP/1.1\r\nHost: localhost\r\n"
BODY = "abcde"
CHUNKS = "5\r\nabcde\r\n0\r\n\r\n"


def bad():
    """Name -> bytes. No server may read a request out of any of them, or behind it."""
    found = {}

    def add(name, text):
        assert name not in found, name
        found[name] = text.encode("latin-1") if isinstance(text, str) else text

    def post(name, headers, body=BODY, head=HEAD):
        add(name, head + "".join(header + "\r\n" for header in headers) + "\r\n" + body)

    both = ["Content-Length: 5", "Transfer-Encoding: chunked"]
    post("length and coding", both, CHUNKS)
    post("coding and length", both[::-1], CHUNKS)
    post("length, length", [both[0], "Content-Length: 6"])
    post("length twice", [both[0]] * 2)
    post("coding twice", [both[1]] * 2, CHUNKS)
    post("three lengths", [both[0]] * 3)
    for value in ("5, 5", "5,6", "+5", "-5", "0x5", "5 5", "5;", "5.0", "5e0", "", " ", "five", "5\t5",
                  "9223372036854775808", "18446744073709551621", "99999999999999999999999", "-0",
                  "\uff15".encode().decode("latin-1"), "5\x0b", "\x0c5", "05 ,", "0b101", "5_0", "'5'",
                  '"5"', "5,", ",5", "(5)", "5\x00", "\x005", "5\xa0", "\xa05"):
        post(f"length {value!r}", [f"Content-Length: {value}"])
    for value in ("identity", "gzip", "gzip, chunked", "chunked, gzip", "chunked, chunked",
                  "chunked, identity", "identity, chunked", "chunkedx", "xchunked", "chunked x",
                  "Chunked", "CHUNKED", "chunke", "", ",", "chunked,", ",chunked", "chunked;q=1",
                  '"chunked"', "'chunked'", "chunked\x0b", "\x0bchunked", "chunked\x00", "\x0cchunked",
                  "chu nked", "cow", "chunked; foo=bar", "deflate, chunked", "chunked\xa0", "\xa0chunked",
                  "br", "trailers", "x-chunked"):
        post(f"coding {value!r}", [f"Transfer-Encoding: {value}"], CHUNKS)
    for name in (" Transfer-Encoding", "Transfer-Encoding ", "Transfer-Encoding\t", "\tTransfer-Encoding",
                 "Transfer\r\n-Encoding", "Transfer Encoding", "Transfer-Encoding\x00",
                 "\x00Transfer-Encoding", "Transfer-Encoding\x0b", "Transfer-Encoding\xa0", "",
                 "Transfer-Encoding\r", "(Transfer-Encoding)", "Transfer-Encoding;", "Transfer,Encoding",
                 "Transfer-Enc\xf6ding", "@Transfer-Encoding", "Transfer-Encoding\r\n", "Transfer/Encoding",
                 "{Transfer-Encoding}", "Transfer-Encoding\x7f", '"Transfer-Encoding"', "Transfer=Encoding"):
        post(f"coding's name {name!r}", [f"{name}: chunked"], CHUNKS)
    for name in (" Content-Length", "Content-Length ", "Content-Length\t", "\tContent-Length",
                 "Content Length", "Content-Length\x00", "Content-Length\x0b", "Content-Length\r",
                 "Content-Length\xa0", "[Content-Length]", "Content-Length;", "Content\\Length"):
        post(f"length's name {name!r}", [f"{name}: 5"])
    for fold in ("\r\n ", "\r\n\t", "\r\n  ", "\n ", "\n\t"):
        post(f"folded coding {fold!r}", [f"Transfer-Encoding:{fold}chunked"], CHUNKS)
        post(f"folded length {fold!r}", [f"Content-Length:{fold}5"])
        post(f"folded other {fold!r}", [f"X: y{fold}Transfer-Encoding: chunked", both[0]])
    for end in ("\n", "\r", "\r\r\n", "\n\r", "\x0b\r\n", "\x00\r\n"):
        add(f"ends {end!r}", f"POST /x HTTP/1.1{end}Host: localhost{end}Content-Length: 5{end}{end}{BODY}")
        add(f"one end {end!r}", f"{HEAD}X: y{end}Content-Length: 5\r\n\r\n{BODY}")
        add(f"last end {end!r}", f"{HEAD}Content-Length: 5\r\n{end}{BODY}" if end != "\r" else
            f"{HEAD}Content-Length: 5\r{end}\r\n{BODY}")
    post("no colon", ["Content-Length 5"])
    post("bare word", ["chunked"])
    post("colon alone", [":", both[0]])
    post("CR in a value", ["X: a\rContent-Length: 5"])
    post("NUL in a value", ["X: a\x00b", both[0]])
    post("DEL in a value", ["X: a\x7fb", both[0]])
    post("ESC in a value", ["X: a\x1bb", both[0]])
    post("1.0 with chunks", [both[1]], CHUNKS, head="POST /x HTTP/1.0\r\nHost: localhost\r\n")
    for version in ("HTTP/1.1 ", "HTTP/1.1\t", "HTTP/01.1", "HTTP/1.10", "HTTP/1,1", "http/1.1", "HTTP/ 1.1",
                    "HTTP/2.0", "HTTP/0.9", "HTTP/1.2x", "HTTP/1", "HTTP/11", "HTTPS/1.1", "ICY/1.1", "HTTP/1.1\x00",
                    "", "HTTP/+1.1", "HTTP/3.0"):
        add(f"version {version!r}", f"POST /x {version}\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{BODY}")
    for line in ("POST  /x HTTP/1.1", "POST /x  HTTP/1.1", "POST\t/x HTTP/1.1", "POST /x\tHTTP/1.1",
                 " POST /x HTTP/1.1", "POST /x y HTTP/1.1", "POST /x#y HTTP/1.1", "POST x HTTP/1.1", "POST",
                 "POST /x", "PO ST /x HTTP/1.1", "POST:/x HTTP/1.1", "(POST) /x HTTP/1.1", "POST /\x00 HTTP/1.1",
                 "POST /\x7f HTTP/1.1", "POST /\x01 HTTP/1.1", "POST /\xff HTTP/1.1", "POST * HTTP/1.1",
                 "CONNECT localhost:80 HTTP/1.1", "POST localhost:80 HTTP/1.1", "POST ftp://localhost/ HTTP/1.1",
                 "POST http:///x HTTP/1.1", "POST http://a@localhost/ HTTP/1.1", "POST //\r/x HTTP/1.1",
                 "POST\r\n/x HTTP/1.1", "\x00POST /x HTTP/1.1", "\xefPOST /x HTTP/1.1"):
        add(f"line {line!r}", f"{line}\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n{BODY}")
    for name, hosts in {"none": [], "two": ["localhost"] * 2, "two others": ["localhost", "x"],
                        "two in one": ["localhost, x"], "with a path": ["localhost/x"],
                        "with a user": ["a@localhost"], "with a blank": ["local host"], "empty": [""],
                        "with a bad port": ["localhost:x"], "with a large port": ["localhost:65536"],
                        "with two ports": ["localhost:1:2"], "open bracket": ["[::1"], "with a query": ["localhost?"],
                        "with a NUL": ["localhost\x00"], "unlike the target's": ["other"]}.items():
        target = "http://localhost/x" if name.startswith("unlike") else "/x"
        head = f"POST {target} HTTP/1.1\r\n" + "".join(f"Host: {host}\r\n" for host in hosts)
        post(f"host {name}", [both[0]], head=head)
    for name, body in {
        "0x": "0x5\r\nabcde\r\n0\r\n\r\n", "plus": "+5\r\nabcde\r\n0\r\n\r\n", "minus": "-5\r\nabcde\r\n0\r\n\r\n",
        "empty": "\r\nabcde\r\n0\r\n\r\n", "blank first": " 5\r\nabcde\r\n0\r\n\r\n",
        "blank behind": "5 \r\nabcde\r\n0\r\n\r\n", "tab behind": "5\t\r\nabcde\r\n0\r\n\r\n",
        "2^64": "10000000000000005\r\nabcde\r\n0\r\n\r\n", "2^63": "8000000000000005\r\nabcde\r\n0\r\n\r\n",
        "17 digits": "00000000000000005\r\nabcde\r\n0\r\n\r\n", "no hex": "g\r\nabcde\r\n0\r\n\r\n",
        "LF": "5\nabcde\r\n0\r\n\r\n", "LF behind data": "5\r\nabcde\n0\r\n\r\n", "CR": "5\rabcde\r\n0\r\n\r\n",
        "no end of data": "5\r\nabcde0\r\n\r\n", "longer data": "5\r\nabcdef\r\n0\r\n\r\n",
        "shorter data": "6\r\nabcde\r\n0\r\n\r\n\r\n", "last LF": "5\r\nabcde\r\n0\n\n", "last CR": "5\r\nabcde\r\n0\r\r",
        "trailer": "5\r\nabcde\r\n0\r\nX: y\r\n\r\n", "smuggled trailer": "0\r\nContent-Length: 50\r\n\r\n",
        "NUL": "5\x00\r\nabcde\r\n0\r\n\r\n", "NUL in an extension": "5;a=\x00\r\nabcde\r\n0\r\n\r\n",
        "CR in an extension": "5;a=\rb\r\nabcde\r\n0\r\n\r\n", "LF in an extension": "5;a=b\nabcde\r\n0\r\n\r\n",
        "long extension": "5;" + "x" * 100 + "\r\nabcde\r\n0\r\n\r\n", "comma": "5,5\r\nabcde\r\n0\r\n\r\n",
        "10 MB extension": "5;" + "x" * 10000000 + "\r\nabcde\r\n0\r\n\r\n",
        "underscore": "0_5\r\nabcde\r\n0\r\n\r\n", "float": "5.0\r\nabcde\r\n0\r\n\r\n", "sign behind": "5-\r\nabcde\r\n0\r\n\r\n",
        "vertical tab": "5\x0b\r\nabcde\r\n0\r\n\r\n", "quoted": '"5"\r\nabcde\r\n0\r\n\r\n'}.items():
        post(f"chunk {name}", [both[1]], body)
    return found


def good():
    """Name -> (bytes, how many requests they are)."""
    get, found = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n", {}
    found["length"] = f"{HEAD}Content-Length: 5\r\n\r\n{BODY}", 1
    found["zeros in front"] = f"{HEAD}Content-Length: 0005\r\n\r\n{BODY}", 1
    found["no blank"] = f"{HEAD}Content-Length:5\r\n\r\n{BODY}", 1
    found["blanks"] = f"{HEAD}Content-Length:   5  \r\n\r\n{BODY}", 1
    found["any case"] = f"{HEAD}cOnTeNt-LeNgTh: 5\r\n\r\n{BODY}", 1
    found["no body"] = get, 1
    found["three"] = get * 3, 3
    found["chunks"] = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{CHUNKS}", 1
    found["capital digits"] = f"{HEAD}Transfer-Encoding: chunked\r\n\r\nA\r\n0123456789\r\n0\r\n\r\n", 1
    found["small digits"] = f"{HEAD}Transfer-Encoding: chunked\r\n\r\na\r\n0123456789\r\n000\r\n\r\n", 1
    found["many chunks"] = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n" + "1\r\nx\r\n" * 500 + "0\r\n\r\n", 1
    found["extension"] = f"{HEAD}Transfer-Encoding: chunked\r\n\r\n5;a=b\r\nabcde\r\n0\r\n\r\n", 1
    found["body like a request"] = f"{HEAD}Content-Length: {len(get)}\r\n\r\n{get}", 1
    found["chunk like a request"] = (
        f"{HEAD}Transfer-Encoding: chunked\r\n\r\n{len(get):x}\r\n{get}\r\n0\r\n\r\n", 1)
    found["all kinds"] = "".join(found[name][0] for name in list(found)), sum(n for _, n in found.values())
    return {name: (text.encode(), count) for name, (text, count) in found.items()}
