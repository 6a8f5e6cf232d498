//! A browser over TCP, with one connection for each request.

use std::{
    collections::BTreeMap,
    io::{Read as _, Write as _},
    net::{SocketAddr, TcpStream},
};

pub(crate) struct Client {
    address: SocketAddr,
    cookies: BTreeMap<String, String>,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    /// Returns the values of a header.
    fn headers<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.head.lines().filter_map(move |line| {
            let (found, value) = line.split_once(": ")?;
            found.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers(name).next()
    }
}

impl Client {
    pub(crate) fn new(address: SocketAddr) -> Self {
        Self {
            address,
            cookies: BTreeMap::new(),
        }
    }

    pub(crate) fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, &[("accept", "text/html")])
    }

    pub(crate) fn send(&mut self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = self.request(method, path);
        for (name, value) in headers {
            request += &format!("{name}: {value}\r\n");
        }
        request += "connection: close\r\n\r\n";
        let mut connection = TcpStream::connect(self.address).unwrap();
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let answer = Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_owned(),
            body: body.to_owned(),
        };
        for cookie in answer.headers("set-cookie") {
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// Opens a page several times on one connection, which stays open.
    pub(crate) fn get_often(&self, path: &str, times: u32) -> String {
        let request = self.request("GET", path) + "accept: text/html\r\n\r\n";
        let mut connection = TcpStream::connect(self.address).unwrap();
        let mut answer = Vec::new();
        let mut buffer = [0; 8192];
        for _ in 0..times {
            answer.clear();
            connection.write_all(request.as_bytes()).unwrap();
            while !answer.ends_with(b"\r\n0\r\n\r\n") {
                let length = connection.read(&mut buffer).unwrap();
                assert_ne!(length, 0, "the connection was closed");
                answer.extend_from_slice(&buffer[..length]);
            }
        }
        String::from_utf8(answer).unwrap()
    }

    fn request(&self, method: &str, path: &str) -> String {
        let port = self.address.port();
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: localhost:{port}\r\n");
        if method != "GET" {
            request += "content-length: 0\r\ncontent-type: application/x-www-form-urlencoded\r\n";
        }
        if !cookies.is_empty() {
            request += &format!("cookie: {}\r\n", cookies.join("; "));
        }
        request
    }
}
