using GrokForge.Contracts.Chat;
using GrokForge.Gateway.Chat;
using GrokForge.Gateway.Usage;

namespace GrokForge.Unit.Tests.Gateway;

public sealed class ChatFailureTests
{
    [Theory]
    [InlineData(Failed.Types.Kind.Upstream, 502, "server_error", "upstream_error")]
    [InlineData(Failed.Types.Kind.NoToken, 503, "server_error", "no_token_available")]
    [InlineData(Failed.Types.Kind.Policy, 400, "invalid_request_error", "content_policy_violation")]
    [InlineData(Failed.Types.Kind.InvalidRequest, 400, "invalid_request_error", "invalid_value")]
    [InlineData(Failed.Types.Kind.RateLimited, 429, "rate_limit_error", "rate_limit_exceeded")]
    [InlineData(Failed.Types.Kind.Overloaded, 503, "server_error", "service_unavailable")]
    [InlineData(Failed.Types.Kind.BrokenOff, 502, "server_error", "upstream_error")]
    [InlineData(Failed.Types.Kind.NotSupported, 501, "server_error", "not_implemented")]
    [InlineData(Failed.Types.Kind.Unspecified, 502, "server_error", "upstream_error")]
    public void Each_kind_of_failure_has_one_status_type_and_code(Failed.Types.Kind kind, int status, string type, string code)
    {
        var error = ChatFailure.From(new Failed { Kind = kind }, ClientNames.Usual);
        Assert.Equal((status, type, code), (error.Status, error.Type, error.Code));
        Assert.NotEmpty(error.Message);
    }

    [Fact]
    public void What_the_upstream_says_is_told()
    {
        var error = ChatFailure.From(new Failed
        {
            Kind = Failed.Types.Kind.InvalidRequest,
            HttpStatus = 422,
            Code = "odd",
            Param = "messages[1]",
            Message = "No.",
            RetryAfterSeconds = 3,
        }, ClientNames.Usual);
        Assert.Equal((422, "odd", "messages[1]", "No.", TimeSpan.FromSeconds(3)), (error.Status, error.Code, error.Param, error.Message, error.RetryAfter));
    }

    [Theory]
    [InlineData(401)]
    [InlineData(200)]
    [InlineData(9999)]
    public void A_status_that_is_not_the_callers_is_replaced(int status) =>
        Assert.Equal(502, ChatFailure.From(new Failed { Kind = Failed.Types.Kind.Upstream, HttpStatus = status }, ClientNames.Usual).Status);

    [Fact]
    public void A_model_name_for_the_record_is_short_and_plain()
    {
        Assert.Equal("grok-4.20", UsageEntry.CleanModel("grok-4.20"));
        Assert.Equal("ab", UsageEntry.CleanModel("a\0b\n"));
        Assert.Equal(new string('x', 127), UsageEntry.CleanModel(new string('x', 127) + "😀 and more"));
    }
}
