using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace GrokForge.TokenPool.Migrations.Sqlite
{
    /// <inheritdoc />
    public partial class FirstTokens : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.CreateTable(
                name: "tokenpool_tokens",
                columns: table => new
                {
                    id = table.Column<long>(type: "INTEGER", nullable: false)
                        .Annotation("Sqlite:Autoincrement", true),
                    secret = table.Column<byte[]>(type: "BLOB", nullable: false),
                    fingerprint = table.Column<byte[]>(type: "BLOB", nullable: false),
                    pool = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    status = table.Column<string>(type: "TEXT", maxLength: 16, nullable: false),
                    status_reason = table.Column<string>(type: "TEXT", maxLength: 256, nullable: false),
                    priority = table.Column<int>(type: "INTEGER", nullable: false),
                    max_inflight = table.Column<int>(type: "INTEGER", nullable: false),
                    remark = table.Column<string>(type: "TEXT", maxLength: 500, nullable: false),
                    fail_count = table.Column<int>(type: "INTEGER", nullable: false),
                    generation = table.Column<int>(type: "INTEGER", nullable: false),
                    rev = table.Column<long>(type: "INTEGER", nullable: false),
                    last_used = table.Column<long>(type: "INTEGER", nullable: false),
                    exhausted = table.Column<bool>(type: "INTEGER", nullable: false),
                    quotas = table.Column<string>(type: "TEXT", nullable: false),
                    created_at = table.Column<long>(type: "INTEGER", nullable: false),
                    updated_at = table.Column<long>(type: "INTEGER", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_tokenpool_tokens", x => x.id);
                });

            migrationBuilder.CreateIndex(
                name: "IX_tokenpool_tokens_fingerprint",
                table: "tokenpool_tokens",
                column: "fingerprint",
                unique: true);

            migrationBuilder.CreateIndex(
                name: "IX_tokenpool_tokens_status_id",
                table: "tokenpool_tokens",
                columns: new[] { "status", "id" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "tokenpool_tokens");
        }
    }
}
