//! `server doctor`: tests the settings as the server reads them, against Logto and
//! the database, before users do.

mod database;
mod settings;

use std::io::Write;

use auth_core::{ConfigErrors, Finding, Verdict, check_provider};
use clap::Args;

use self::settings::SettingsUnderTest;
use super::error::CommandError;

/// `server doctor`
#[derive(Clone, Copy, Debug, Args)]
pub struct Doctor {
    /// Print a JSON array instead of lines
    #[arg(long)]
    json: bool,
}

impl Doctor {
    /// Prints what it finds. Opens the database as the server does, which creates or
    /// migrates it.
    ///
    /// # Errors
    ///
    /// Fails if something is wrong.
    pub(crate) async fn run(self, out: &mut impl Write) -> Result<(), CommandError> {
        let findings = match SettingsUnderTest::read() {
            Ok(settings) => examine(settings).await,
            Err(errors) => of_settings(&errors),
        };
        if self.json {
            print_json(&findings, out)?;
        } else {
            print_lines(&findings, out)?;
        }
        let wrong = findings
            .iter()
            .filter(|finding| finding.verdict == Verdict::Wrong)
            .count();
        match wrong {
            0 => Ok(()),
            wrong => Err(CommandError::Wrong { wrong }),
        }
    }
}

async fn examine(settings: SettingsUnderTest) -> Vec<Finding> {
    let mut findings = of_settings(&settings.problems);
    findings.extend(settings.findings());
    // Both wait for others; a good set-up is examined in the time of the slower one.
    let of_provider = async {
        match &settings.config {
            Some(config) => check_provider(config).await,
            None => vec![Finding::check(
                "Logto",
                "not asked",
                "correct the settings of Logto first",
            )],
        }
    };
    let of_database = async {
        match &settings.database {
            Some(database) => Some(database::check(database).await),
            None => None,
        }
    };
    let (of_provider, of_database) = tokio::join!(of_provider, of_database);
    findings.extend(of_provider);
    findings.extend(of_database);
    findings
}

fn of_settings(errors: &ConfigErrors) -> Vec<Finding> {
    let problems = errors.0.iter();
    problems
        .map(|problem| {
            let found = format!("{} {}", problem.setting, problem.problem);
            Finding::wrong("setting", found, problem.remedy.clone())
        })
        .collect()
}

fn print_lines(findings: &[Finding], out: &mut impl Write) -> Result<(), CommandError> {
    for finding in findings {
        let Finding {
            subject,
            verdict,
            found,
            remedy,
            ..
        } = finding;
        writeln!(out, "{verdict:5}  {subject}: {found}")?;
        if !remedy.is_empty() {
            writeln!(out, "       -> {remedy}")?;
        }
    }
    Ok(())
}

fn print_json(findings: &[Finding], out: &mut impl Write) -> Result<(), CommandError> {
    let findings: Vec<_> = findings
        .iter()
        .map(|finding| {
            serde_json::json!({
                "verdict": finding.verdict.as_str(),
                "subject": finding.subject,
                "found": finding.found,
                "remedy": finding.remedy,
            })
        })
        .collect();
    writeln!(out, "{:#}", serde_json::Value::Array(findings))?;
    Ok(())
}
