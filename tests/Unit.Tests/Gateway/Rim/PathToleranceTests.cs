using CsCheck;
using GrokForge.Gateway.Rim;
using Microsoft.AspNetCore.Http;

namespace GrokForge.Unit.Tests.Gateway.Rim;

public sealed class PathToleranceTests
{
    private static readonly string[] Segments = ["v1", "V1", "models", "chat", "completions", "admin", "health", "..", "%2F", "", "x"];

    [Theory]
    [InlineData("/v1/models", "/v1/models")]
    [InlineData("/models", "/v1/models")]
    [InlineData("/v1/v1/models", "/v1/models")]
    [InlineData("/V1/v1/models", "/v1/models")]
    [InlineData("//v1///models//", "/v1/models")]
    [InlineData("/models/vendor/x/", "/v1/models/vendor/x")]
    [InlineData("/v1/models/v1/x", "/v1/models/v1/x")]
    [InlineData("//chat//completions", "/v1/chat/completions")]
    [InlineData("/v1/", "/v1")]
    [InlineData("/v1/v1", "/v1")]
    [InlineData("/v1/v10", "/v1/v10")]
    [InlineData("/v1/admin", "/v1/admin")]
    [InlineData("/v1//admin", "/v1/admin")]
    [InlineData("/models//%2e%2e/%2e%2e/admin", "/v1/models/%2e%2e/%2e%2e/admin")]
    [InlineData("/v1//models/a%2F%2Fb", "/v1/models/a%2F%2Fb")]
    [InlineData("/models/{a b}", "/v1/models/{a b}")]
    public void The_apis_own_paths_are_put_in_order(string path, string canonical) => Assert.Equal(canonical, Canonical(path));

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("//")]
    [InlineData("//admin")]
    [InlineData("/admin//login")]
    [InlineData("/admin/models")]
    [InlineData("//health")]
    [InlineData("/health/")]
    [InlineData("/api/files/image/models")]
    [InlineData("/chat")]
    [InlineData("/chat/completionsx")]
    [InlineData("/modelsx")]
    [InlineData("/v10/models")]
    [InlineData("/v1%2Fmodels")]
    [InlineData("//%61dmin")]
    [InlineData("/%6dodels/")]
    [InlineData("/%2Fmodels")]
    [InlineData("/\\models")]
    public void Every_other_path_stays_as_it_is(string path) => Assert.Equal(path, Canonical(path));

    [Fact]
    public void Whatever_is_rewritten_is_under_v1_and_stays_where_it_is() =>
        Gen.Int[0, Segments.Length - 1].Select(i => Segments[i]).Array[0, 7].Sample(segments =>
        {
            var path = "/" + string.Join('/', segments);
            var canonical = Canonical(path);
            Assert.True(canonical == path || canonical == "/v1" || canonical.StartsWith("/v1/", StringComparison.Ordinal), canonical);
            Assert.Equal(canonical, Canonical(canonical));
        });

    /// <summary>The paths are given as the server has decoded them: a percent sign is one that the client encoded.</summary>
    private static string Canonical(string path) => PathTolerance.Canonical(new PathString(path)).Value ?? "";
}
