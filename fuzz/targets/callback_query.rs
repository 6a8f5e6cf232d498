#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| auth_core::fuzzing::callback_query(input));
