using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;

namespace GrokForge.Simulator.Rules;

/// <summary>Checks the headers of an HTTP call against every row of §2.2.</summary>
internal sealed partial class HeaderRules
{
    private const string Section = "2.2";

    private static readonly (string Name, string Value)[] Fixed =
    [
        ("Accept", "*/*"),
        ("Priority", "u=1, i"),
        ("Sec-Fetch-Dest", "empty"),
        ("Sec-Fetch-Mode", "cors"),
        ("Sec-Fetch-Site", "same-origin"),
    ];

    // What a gateway uses inside its own walls and must not show to the upstream.
    private static readonly string[] Internal =
        ["traceparent", "tracestate", "Request-Id", "Correlation-Context", "x-request-id", "Authorization", "X-Forwarded-For", "X-Forwarded-Host", "Via"];

    private readonly ConcurrentDictionary<Guid, byte> requestIds = [];

    /// <param name="headers">The request's headers.</param>
    /// <param name="ownOrigin">Where the simulator itself was reached: a client may derive Origin from its base URL.</param>
    /// <param name="page">The page the call is made from, e.g. "/".</param>
    /// <param name="hasBody">Whether the call carries JSON.</param>
    /// <param name="findings">Takes what is wrong.</param>
    public void Check(IHeaderDictionary headers, string ownOrigin, string page, bool hasBody, Findings findings)
    {
        var contentType = hasBody ? "application/json" : "";
        findings.Require(headers.ContentType.ToString() == contentType, Section, "Content-Type", $"must be '{contentType}', was '{headers.ContentType}'");
        foreach (var (name, value) in Fixed)
        {
            findings.Require(headers[name] is [var sent] && sent == value, Section, name, $"must be '{value}', was '{headers[name]}'");
        }

        var encodings = headers.AcceptEncoding.ToString().Replace(" ", "", StringComparison.Ordinal);
        findings.Require(encodings is "gzip,deflate,br" or "gzip,deflate,br,zstd", Section, "Accept-Encoding", $"must be 'gzip, deflate, br' (or with zstd), was '{headers.AcceptEncoding}'");
        findings.Require(Languages().IsMatch(headers.AcceptLanguage.ToString()), Section, "Accept-Language", $"must be a list of languages, was '{headers.AcceptLanguage}'");
        CheckOrigin(headers, ownOrigin, page, findings);
        CheckRequestId(headers["x-xai-request-id"], findings);
        ClientHintRules.Check(headers, findings);
        CheckOptional(headers, findings);
        foreach (var name in Internal.Where(headers.ContainsKey))
        {
            findings.Add(Section, name, "must not reach the upstream");
        }
    }

    public void Clear() => requestIds.Clear();

    private static void CheckOrigin(IHeaderDictionary headers, string ownOrigin, string page, Findings findings)
    {
        var origin = headers.Origin.ToString();
        findings.Require(origin == "https://grok.com" || origin == ownOrigin, Section, "Origin", $"must be the web base without a trailing slash, was '{origin}'");
        findings.Require(
            headers.Referer == "https://grok.com" + page || headers.Referer == ownOrigin + page, Section, "Referer", $"must be the origin followed by '{page}', was '{headers.Referer}'");
    }

    private void CheckRequestId(StringValues header, Findings findings)
    {
        if (header is not [{ } text] || !Guid.TryParseExact(text, "D", out var id) || id.Version != 4 || (id.Variant & 0xC) != 8)
        {
            findings.Add(Section, "x-xai-request-id", "must be a UUID v4");
            return;
        }

        findings.Require(requestIds.TryAdd(id, 0), Section, "x-xai-request-id", "must be fresh for every request");
    }

    private static void CheckOptional(IHeaderDictionary headers, Findings findings)
    {
        foreach (var name in (ReadOnlySpan<string>)["Cache-Control", "Pragma"])
        {
            findings.Require(!headers.ContainsKey(name) || headers[name] == "no-cache", Section, name, $"must be 'no-cache' where it is sent, was '{headers[name]}'");
        }

        foreach (var name in (ReadOnlySpan<string>)["x-statsig-id", "Baggage"])
        {
            findings.Require(!headers.ContainsKey(name) || headers[name].ToString().Trim().Length > 0, Section, name, "must not be blank where it is sent");
        }
    }

    [GeneratedRegex(@"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(;q=(0(\.\d{1,3})?|1(\.0{1,3})?))?(, ?[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*(;q=(0(\.\d{1,3})?|1(\.0{1,3})?))?)*$", RegexOptions.CultureInvariant)]
    private static partial Regex Languages();
}
