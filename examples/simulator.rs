//! The simulated service on a port, for developing without a key: `cargo run --example simulator [PORT]`.

mod simulation;

use std::time::Duration;

fn main() {
    let port = match std::env::args().nth(1).map(|port| port.parse::<u16>()) {
        None => 8080,
        Some(Ok(port)) if port > 0 => port,
        Some(_) => {
            eprintln!("usage: simulator [PORT]");
            std::process::exit(2);
        }
    };
    if let Err(error) = std::net::TcpListener::bind(("127.0.0.1", port)) {
        eprintln!("simulator: port {port}: {error}");
        std::process::exit(1);
    }
    let simulation = simulation::Simulation::start(port, simulation::Script { length: Duration::from_secs(20) });
    println!("export UNSTRUCTURED_API_URL={} UNSTRUCTURED_API_KEY=any", simulation.url());
    println!(
        "# every job id works; one with `fail`, `errors` or `stop` in it ends that way. Ctrl-C ends the simulation."
    );
    loop {
        std::thread::park();
    }
}
