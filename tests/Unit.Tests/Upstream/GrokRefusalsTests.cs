using System.Net;
using GrokForge.Contracts.Tokens;
using GrokForge.ServiceDefaults.Settings;
using GrokForge.Upstream.Chat;
using GrokForge.Upstream.GrokWeb;

namespace GrokForge.Unit.Tests.Upstream;

public sealed class GrokRefusalsTests
{
    [Theory]
    [InlineData(401, "application/json", "{}", LeaseOutcome.TokenInvalid, NextStep.NextToken)]
    [InlineData(403, "text/html", "<html>Just a moment...</html>", LeaseOutcome.ChallengeHit, NextStep.FreshConnections)]
    [InlineData(403, "text/plain", "", LeaseOutcome.ChallengeHit, NextStep.FreshConnections)]
    [InlineData(403, "", "  ", LeaseOutcome.ChallengeHit, NextStep.FreshConnections)]
    [InlineData(403, "text/plain", "error 1020: cloudflare", LeaseOutcome.ChallengeHit, NextStep.FreshConnections)]
    [InlineData(403, "application/json", "{\"error\":{\"code\":7,\"message\":\"Request rejected by anti-bot rules.\"}}", LeaseOutcome.ChallengeHit, NextStep.FreshConnections)]
    [InlineData(403, "application/json", "{\"error\":\"[WKE=unauthorized:blocked-user]\"}", LeaseOutcome.TokenBlocked, NextStep.NextToken)]
    [InlineData(403, "application/json", "{\"message\":\"User is blocked\"}", LeaseOutcome.TokenBlocked, NextStep.NextToken)]
    [InlineData(403, "application/json", "{\"message\":\"This violates our content policy\"}", LeaseOutcome.RefusedByPolicy, NextStep.GiveUp)]
    [InlineData(400, "application/json", "{\"message\":\"Blocked for safety\"}", LeaseOutcome.RefusedByPolicy, NextStep.GiveUp)]
    [InlineData(403, "application/json", "{\"message\":\"No access to this model\"}", LeaseOutcome.TokenRejected, NextStep.NextToken)]
    [InlineData(403, "application/json", "{\"message\":\"ask cf-support or cloudflare\"}", LeaseOutcome.TokenRejected, NextStep.NextToken)]
    [InlineData(429, "application/json", "{}", LeaseOutcome.QuotaExhausted, NextStep.NextToken)]
    [InlineData(500, "", "", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    [InlineData(503, "text/html", "<html>", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    [InlineData(408, "", "", LeaseOutcome.UpstreamUnavailable, NextStep.SameToken)]
    [InlineData(400, "application/json", "{\"message\":\"bad field\"}", LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp)]
    [InlineData(404, "", "", LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp)]
    [InlineData(302, "", "", LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp)]
    [InlineData(407, "", "", LeaseOutcome.UpstreamUnavailable, NextStep.GiveUp)]
    public void An_answer_is_classified(int status, string mediaType, string body, LeaseOutcome outcome, object next)
    {
        var refusal = GrokRefusals.Classify((HttpStatusCode)status, mediaType, body, null);
        Assert.Equal(outcome, refusal.Outcome);
        Assert.Equal(next, refusal.Next);
        Assert.NotEmpty(refusal.What);
    }

    [Fact]
    public void A_usage_limit_keeps_the_upstreams_own_word() =>
        Assert.Equal(TimeSpan.FromSeconds(30), GrokRefusals.Classify(HttpStatusCode.TooManyRequests, "", "", TimeSpan.FromSeconds(30)).ResumeAfter);

    [Fact]
    public async Task A_date_in_retry_after_counts_from_now()
    {
        var time = new Microsoft.Extensions.Time.Testing.FakeTimeProvider(new DateTimeOffset(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));
        using var response = new HttpResponseMessage(HttpStatusCode.TooManyRequests) { Content = new StringContent("{}") };
        response.Headers.RetryAfter = new(time.GetUtcNow().AddMinutes(2));
        var refusal = await GrokRefusals.ReadAsync(response, new SettingsSnapshot(), time, TestContext.Current.CancellationToken);
        Assert.Equal(TimeSpan.FromMinutes(2), refusal.ResumeAfter);
    }
}
