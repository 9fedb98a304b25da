using System.Text;
using GrokForge.Contracts.Tokens;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.Xai;

namespace GrokForge.Unit.Tests.Upstream.Xai;

public sealed class XaiRefusalsTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("12s", 12)]
    [InlineData("1m30s", 90)]
    [InlineData("6m0s", 360)]
    [InlineData("250ms", 0.25)]
    [InlineData("1h", 3600)]
    [InlineData("90", 90)]
    [InlineData("1.5", 1.5)]
    [InlineData("1767225660", 60)]
    [InlineData("1767225660000", 60)]
    [InlineData("2026-01-01T00:02:00Z", 120)]
    public void Every_way_to_write_a_reset_is_read(string text, double seconds) => Assert.Equal(seconds, RateLimitReset.Read(text, Now)!.Value.TotalSeconds, 3);

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("0s")]
    [InlineData("-5")]
    [InlineData("soon")]
    [InlineData("2025-01-01T00:00:00Z")]
    [InlineData("NaN")]
    public void What_says_no_time_to_come_is_left_out(string text) => Assert.Null(RateLimitReset.Read(text, Now));

    [Theory]
    [InlineData("Incorrect API key provided: xa***.", "", true)]
    [InlineData("Wrong.", "invalid_api_key", true)]
    [InlineData("There is no role 'incorrect api key'.", "", false)]
    public void Only_what_the_upstream_says_itself_of_a_key_expires_it(string message, string code, bool expires) =>
        Assert.Equal(expires, XaiRefusals.Classify(400, new XaiError(message, code, ""), null).Outcome == LeaseOutcome.TokenInvalid);

    [Fact]
    public void No_key_is_told_as_a_code() => Assert.Equal("", XaiError.Read("""{"error":{"message":"No.","code":"sk-1234567890"}}"""u8, "the-key").Code);

    [Theory]
    [InlineData(400, LeaseOutcome.RefusedByPolicy, NextStep.GiveUp, 400)]
    [InlineData(401, LeaseOutcome.TokenInvalid, NextStep.NextToken, 0)]
    [InlineData(402, LeaseOutcome.TokenRejected, NextStep.NextToken, 0)]
    [InlineData(403, LeaseOutcome.TokenRejected, NextStep.NextToken, 0)]
    [InlineData(404, LeaseOutcome.RefusedByPolicy, NextStep.GiveUp, 404)]
    [InlineData(407, LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp, 0)]
    [InlineData(408, LeaseOutcome.UpstreamUnavailable, NextStep.SameToken, 0)]
    [InlineData(413, LeaseOutcome.RefusedByPolicy, NextStep.GiveUp, 413)]
    [InlineData(422, LeaseOutcome.RefusedByPolicy, NextStep.GiveUp, 422)]
    [InlineData(425, LeaseOutcome.UpstreamUnavailable, NextStep.SameToken, 0)]
    [InlineData(429, LeaseOutcome.QuotaExhausted, NextStep.NextToken, 429)]
    [InlineData(500, LeaseOutcome.UpstreamUnavailable, NextStep.SameToken, 0)]
    [InlineData(529, LeaseOutcome.UpstreamUnavailable, NextStep.SameToken, 0)]
    [InlineData(302, LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp, 0)]
    [InlineData(204, LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp, 0)]
    public void Every_status_has_one_meaning(int status, LeaseOutcome outcome, object next, int told)
    {
        var refusal = XaiRefusals.Classify(status, new XaiError("Something.", "", ""), null);
        Assert.Equal((outcome, next, told), (refusal.Outcome, (object)refusal.Next, refusal.Told?.HttpStatus ?? 0));
    }

    [Theory]
    [InlineData("""{"error":{"message":"m","code":429}}""", LeaseOutcome.QuotaExhausted, NextStep.NextToken)]
    [InlineData("""{"error":{"message":"m","type":"rate_limit_error"}}""", LeaseOutcome.QuotaExhausted, NextStep.NextToken)]
    [InlineData("""{"error":{"message":"m","type":"authentication_error"}}""", LeaseOutcome.TokenInvalid, NextStep.NextToken)]
    [InlineData("""{"error":{"message":"m","type":"invalid_request_error"}}""", LeaseOutcome.RefusedByPolicy, NextStep.GiveUp)]
    [InlineData("""{"error":{"message":"m","status":503}}""", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    [InlineData("""{"error":{"message":"m","code":200}}""", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    [InlineData("""{"error":"m"}""", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    public void An_error_in_an_answer_means_what_it_says(string json, LeaseOutcome outcome, object next)
    {
        var refusal = XaiRefusals.InAnswer(XaiError.Read(Encoding.UTF8.GetBytes(json), "the-key"));
        Assert.Equal((outcome, next), (refusal.Outcome, (object)refusal.Next));
    }

    [Fact]
    public void A_model_that_one_team_may_not_use_is_asked_of_the_next_key_and_none_is_blamed()
    {
        var refusal = XaiRefusals.Classify(404, new XaiError("The model x does not exist or your team does not have access to it.", "", ""), null);
        Assert.Equal((LeaseOutcome.RefusedByPolicy, NextStep.NextToken, 404), (refusal.Outcome, refusal.Next, refusal.Told!.HttpStatus));
    }

    [Theory]
    [InlineData("""{"code":"Some requested entity was not found","error":"The model x does not exist."}""", "The model x does not exist.", "", "")]
    [InlineData("""{"error":{"message":"Too long","param":"messages","code":"context_length_exceeded"}}""", "Too long", "context_length_exceeded", "messages")]
    [InlineData("""{"error":{"message":"No","param":null,"code":42}}""", "No", "", "")]
    [InlineData("""{"detail":"Not here"}""", "Not here", "", "")]
    [InlineData("<html>", "", "", "")]
    [InlineData("[]", "", "", "")]
    [InlineData("", "", "", "")]
    public void Every_form_of_an_error_is_read(string body, string message, string code, string param) =>
        Assert.Equal(new XaiError(message, code, param), XaiError.Read(Encoding.UTF8.GetBytes(body), "the-key"));

    [Theory]
    [InlineData("Key the-key is bad", "Key **** is bad")]
    [InlineData("Incorrect API key provided: xa***12.", "Incorrect API key provided: ****.")]
    [InlineData("Bearer abcdefgh was refused", "**** was refused")]
    [InlineData("xai-abcdef1234 and sk-proj-1234", "**** and ****")]
    [InlineData("team 3c1f7a52-8a0e-4f3c-9d59-1f6f6b1d2c33 may not", "team **** may not")]
    [InlineData("see https://console.x.ai/team/1 or docs.x.ai/limits.", "see (address left out) or (address left out)")]
    [InlineData("http://127.0.0.1:8080/v1 failed", "(address left out) failed")]
    [InlineData("cannot fetch https://example.com/cat.png", "cannot fetch https://example.com/cat.png")]
    [InlineData("two\nlines", "two lines")]
    public void A_message_loses_keys_accounts_and_addresses_of_the_upstream(string message, string clean) =>
        Assert.Equal(clean, XaiError.Read(Encoding.UTF8.GetBytes($$"""{"error":{{System.Text.Json.JsonSerializer.Serialize(message)}}}"""), "the-key").Message);
}
