using System.ComponentModel.DataAnnotations;

namespace GrokForge.ServiceDefaults.Settings;

/// <summary>Table <c>[app]</c>: the process, its doors and its limits.</summary>
public sealed class AppOptions
{
    /// <summary>Address the public door listens on. Default 127.0.0.1. Bootstrap only.</summary>
    [ConfigurationKeyName("host"), Bootstrap, ListenAddress] public string Host { get; init; } = "127.0.0.1";

    /// <summary>TCP port of the public door, 1 to 65535. Default 8080. Bootstrap only.</summary>
    [ConfigurationKeyName("port"), Bootstrap, Range(1, 65535)] public int Port { get; init; } = 8080;

    /// <summary>The admin password. Empty: one is generated once and printed. Default empty. Secret.</summary>
    [ConfigurationKeyName("app_key"), Secret] public string AppKey { get; init; } = "";

    /// <summary>Folder of the database, keys and logs. A relative path starts beside the solution or the executable. Default data. Bootstrap only.</summary>
    [ConfigurationKeyName("data_dir"), Bootstrap] public string DataDir { get; init; } = "data";

    /// <summary>sqlite or postgres. Default sqlite; a connection string named grokforge means postgres. Bootstrap only.</summary>
    [ConfigurationKeyName("db_driver"), Bootstrap, AllowedValues("sqlite", "postgres")] public string DbDriver { get; init; } = "sqlite";

    /// <summary>SQLite file. Default grokforge.db in the data folder. Bootstrap only.</summary>
    [ConfigurationKeyName("db_path"), Bootstrap] public string DbPath { get; init; } = "";

    /// <summary>PostgreSQL connection in Npgsql, libpq or URL form. Default empty. Bootstrap only. Secret.</summary>
    [ConfigurationKeyName("db_dsn"), Bootstrap, Secret] public string DbDsn { get; init; } = "";

    /// <summary>A model catalog file that replaces the built-in one. Relative to the configuration file. Default empty. Bootstrap only.</summary>
    [ConfigurationKeyName("models_file"), Bootstrap] public string ModelsFile { get; init; } = "";

    /// <summary>Whether a chat request without <c>stream</c> is streamed. Default false.</summary>
    [ConfigurationKeyName("stream")] public bool Stream { get; init; }

    /// <summary>Whether reasoning is shown where a request says nothing of reasoning_effort. Default true.</summary>
    [ConfigurationKeyName("thinking")] public bool Thinking { get; init; } = true;

    /// <summary>How reasoning is shown unless the request or its key says otherwise: think_tags (in the content, before the answer), reasoning_content (in a field of its own) or both.
    /// Where JSON is asked for or tools are given, the content stays free of it and reasoning_content stands in. Default think_tags.</summary>
    [ConfigurationKeyName("reasoning_format"), AllowedValues("think_tags", "reasoning_content", "both")] public string ReasoningFormat { get; init; } = "think_tags";

    /// <summary>Asks the upstream for temporary chats. Default true.</summary>
    [ConfigurationKeyName("temporary")] public bool Temporary { get; init; } = true;

    /// <summary>Asks the upstream not to use its memory. Default true.</summary>
    [ConfigurationKeyName("disable_memory")] public bool DisableMemory { get; init; } = true;

    /// <summary>Instruction added to every web chat as the custom personality. Default empty.</summary>
    [ConfigurationKeyName("custom_instruction")] public string CustomInstruction { get; init; } = "";

    /// <summary>Tags that are taken out of answers with all they hold, tool usage cards and rendered cards being put into words. Default ["xaiartifact", "xai:tool_usage_card", "grok:render"].</summary>
    [ConfigurationKeyName("filter_tags"), TagNameList] public string[] FilterTags { get; init; } = ["xaiartifact", "xai:tool_usage_card", "grok:render"];

    /// <summary>Seconds a request's headers may take to arrive, 1 to 600. Default 10. Needs a restart.</summary>
    [ConfigurationKeyName("read_header_timeout"), NeedsRestart, Range(1, 600)] public double ReadHeaderTimeoutSeconds { get; init; } = 10;

    /// <summary>Bytes of request headers, 4096 to 16 MiB. Default 1 MiB. Needs a restart.</summary>
    [ConfigurationKeyName("max_header_bytes"), NeedsRestart, Range(4096, 16777216)] public int MaxHeaderBytes { get; init; } = 1048576;

    /// <summary>Bytes of a request body outside chat, 4096 to 1 GiB. Default 1 MiB.</summary>
    [ConfigurationKeyName("body_limit"), Range(4096, 1073741824)] public long BodyLimit { get; init; } = 1048576;

    /// <summary>Bytes of a chat request body, 4096 to 15 MiB: as written and as read it must fit into one message of 32 MiB to the upstream service. Default 10 MiB.</summary>
    [ConfigurationKeyName("chat_body_limit"), Range(4096, 15728640)] public long ChatBodyLimit { get; init; } = 10485760;

    /// <summary>Failed admin log-ins from one address before it is locked out, 0 (never) to 10000. Default 10.</summary>
    [ConfigurationKeyName("admin_max_fails"), Range(0, 10000)] public int AdminMaxFails { get; init; } = 10;

    /// <summary>Seconds of the lock-out window, 10 to 86400. Default 300.</summary>
    [ConfigurationKeyName("admin_window_sec"), Range(10, 86400)] public int AdminWindowSeconds { get; init; } = 300;

    /// <summary>Origins that browsers may call /v1 from; * is any. Default ["*"]. Never applies to /admin.</summary>
    [ConfigurationKeyName("cors_origins"), Origins] public string[] CorsOrigins { get; init; } = ["*"];

    /// <summary>Addresses or networks of the proxies in front, such as 10.0.0.5 or 10.0.0.0/8: only their X-Forwarded-For and X-Forwarded-Proto are believed. Default [], nobody's. Bootstrap only.</summary>
    [ConfigurationKeyName("trusted_proxies"), Bootstrap, NetworkList] public string[] TrustedProxies { get; init; } = [];

    /// <summary>Seconds without an answer byte after which a streamed chat is committed with status 200, 0.1 to 600. Default 10.</summary>
    [ConfigurationKeyName("stream_commit_after"), Range(0.1, 600)] public double StreamCommitAfterSeconds { get; init; } = 10;

    /// <summary>Requests under /v1 served at once, 1 to 1000000. Beyond it: 503 with Retry-After. Default 2000.</summary>
    [ConfigurationKeyName("max_concurrent_requests"), Range(1, 1000000)] public int MaxConcurrentRequests { get; init; } = 2000;

    /// <summary>Bytes of request bodies held at once, 1 MiB to 64 GiB. Beyond it: 503 with Retry-After. Default 256 MiB.</summary>
    [ConfigurationKeyName("max_body_bytes_in_flight"), Range(1048576, 68719476736)] public long MaxBodyBytesInFlight { get; init; } = 268435456;

    /// <summary>Seconds open streams get at shutdown, 0 to 3600. Default 30.</summary>
    [ConfigurationKeyName("drain_seconds"), Range(0, 3600)] public double DrainSeconds { get; init; } = 30;

    /// <summary>Whether the public door serves /admin: the gateway forwards it to the Admin service, one process for all serves it itself. Default true.</summary>
    [ConfigurationKeyName("public_admin")] public bool PublicAdmin { get; init; } = true;

    /// <summary>debug, info, warn or error. Default info.</summary>
    [ConfigurationKeyName("log_level"), AllowedValues("debug", "info", "warn", "error")] public string LogLevel { get; init; } = "info";

    /// <summary>Console and file log as JSON lines. Default false. Needs a restart.</summary>
    [ConfigurationKeyName("log_json"), NeedsRestart] public bool LogJson { get; init; }

    /// <summary>Log file; empty: none. Relative paths start in the data folder. Default logs/grokforge.log. Bootstrap only.</summary>
    [ConfigurationKeyName("log_file_path"), Bootstrap] public string LogFilePath { get; init; } = "logs/grokforge.log";

    /// <summary>MiB after which the log file is rolled, 1 to 10240. Default 50. Needs a restart.</summary>
    [ConfigurationKeyName("log_max_size_mb"), NeedsRestart, Range(1, 10240)] public int LogMaxSizeMb { get; init; } = 50;

    /// <summary>Rolled log files kept, 1 to 1000. Default 3. Needs a restart.</summary>
    [ConfigurationKeyName("log_max_backups"), NeedsRestart, Range(1, 1000)] public int LogMaxBackups { get; init; } = 3;
}
